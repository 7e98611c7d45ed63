;; call: refused: {}
(data (i32.const 8192) "{}")
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (drop (call $ok (i32.const 8192) (i32.const 2)))
  (i32.store8 (i32.const 1040) (i32.const 1))
  (i32.const 1040))
