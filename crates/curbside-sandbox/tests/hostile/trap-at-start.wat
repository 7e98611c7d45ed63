;; load: describe: trap unreachable
(func $start unreachable)
(start $start)
(func (export "call") (param i32 i32 i32 i32) (result i32) (call $well_behaved))
