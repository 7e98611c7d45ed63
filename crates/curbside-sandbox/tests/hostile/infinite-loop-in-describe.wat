;; load: describe: limit work
(func (export "describe") (result i32) (loop $l (br $l)) (unreachable))
(func (export "call") (param i32 i32 i32 i32) (result i32) (call $well_behaved))
