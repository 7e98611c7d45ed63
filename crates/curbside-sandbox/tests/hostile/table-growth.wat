;; call: limit table
(table $t 1 funcref)
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (loop $l
    (drop (table.grow $t (ref.null func) (i32.const 1000)))
    (br $l))
  (unreachable))
