;; load: describe: limit output
(func (export "describe") (result i32)
  (drop (memory.grow (i32.const 128)))
  (i32.store (i32.const 1024) (i32.const 131072))
  (i32.store (i32.const 1028) (i32.const 8000000))
  (i32.const 1024))
(func (export "call") (param i32 i32 i32 i32) (result i32) (call $well_behaved))
