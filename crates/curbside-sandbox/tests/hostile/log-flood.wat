;; call: limit log
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (memory.fill (i32.const 8192) (i32.const 97) (i32.const 512))
  (loop $l
    (call $log (i32.const 2) (i32.const 8192) (i32.const 512))
    (br $l))
  (unreachable))
