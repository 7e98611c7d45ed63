;; call: limit work
(func (export "call") (param i32 i32 i32 i32) (result i32) (loop $l (br $l)) (unreachable))
