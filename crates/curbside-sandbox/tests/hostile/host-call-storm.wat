;; call: limit host-calls
(func (export "call") (param i32 i32 i32 i32) (result i32)
  (loop $l
    (call $member_of (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 512))
    (br $l))
  (unreachable))
