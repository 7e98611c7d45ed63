;; call: limit memory
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (loop $l
    (drop (memory.grow (i32.const 16)))
    (br $l))
  (unreachable))
