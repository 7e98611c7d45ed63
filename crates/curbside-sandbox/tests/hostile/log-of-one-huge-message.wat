;; call: limit output
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (drop (memory.grow (i32.const 128)))
  (call $log (i32.const 2) (i32.const 131072) (i32.const 8000000))
  (call $well_behaved))
