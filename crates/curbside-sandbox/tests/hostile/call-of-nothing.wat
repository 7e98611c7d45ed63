;; call: trap indirect-call
(table $t 1 funcref)
(func (export "call") (param i32 i32 i32 i32) (result i32) (call_indirect $t (result i32) (i32.const 0)))
