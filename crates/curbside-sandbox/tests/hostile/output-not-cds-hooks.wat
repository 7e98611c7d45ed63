;; call: not CDS Hooks
(data (i32.const 8192) "{\"cards\":[{\"summary\":\"s\",\"indicator\":\"loud\",\"source\":{\"label\":\"x\"}}]}")
(func (export "call") (param i32 i32 i32 i32) (result i32) (call $ok (i32.const 8192) (i32.const 69)))
