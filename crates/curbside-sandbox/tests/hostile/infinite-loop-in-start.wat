;; load: describe: limit work
(func $start (loop $l (br $l)))
(start $start)
(func (export "call") (param i32 i32 i32 i32) (result i32) (call $well_behaved))
