;; call: convention
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (drop (call $well_behaved))
  (i32.store8 (i32.const 1040) (i32.const 9))
  (i32.const 1040))
