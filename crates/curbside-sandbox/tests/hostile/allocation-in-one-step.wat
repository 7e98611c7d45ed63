;; call: limit memory
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (drop (memory.grow (i32.const 60000)))
  (call $well_behaved))
