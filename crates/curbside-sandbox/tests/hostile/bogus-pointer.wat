;; call: convention
(func (export "call") (param i32 i32 i32 i32) (result i32) (call $ok (i32.const -1024) (i32.const 512)))
