;; call: limit output
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (drop (memory.grow (i32.const 128)))
  (memory.fill (i32.const 131072) (i32.const 32) (i32.const 8000000))
  (drop (call $ok (i32.const 131072) (i32.const 8000000)))
  (i32.store8 (i32.const 1040) (i32.const 1))
  (i32.const 1040))
