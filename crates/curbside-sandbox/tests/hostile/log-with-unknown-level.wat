;; call: convention
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (call $log (i32.const 77) (i32.const 0) (i32.const 0))
  (call $well_behaved))
