;; call: not JSON
(data (i32.const 8192) "{\"cards\":[]} {}")
(func (export "call") (param i32 i32 i32 i32) (result i32) (call $ok (i32.const 8192) (i32.const 15)))
