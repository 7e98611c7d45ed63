;; call: limit output
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (drop (memory.grow (i32.const 128)))
  (memory.fill (i32.const 131072) (i32.const 32) (i32.const 8000000))
  (call $ok (i32.const 131072) (i32.const 8000000)))
