;; load: description
(data (i32.const 2048) "{\"services\":5}                                                                                                            ")
(func (export "call") (param i32 i32 i32 i32) (result i32) (call $well_behaved))
