(component
  (import "curbside:cds/host@1.0.0" (instance $host
    (type $level' (enum "debug" "info" "warn"))
    (export "level" (type $level (eq $level')))
    (export "log" (func (param "level" $level) (param "message" string)))
    (export "as-of" (func (result string)))
    (export "member-of" (func (param "value-set" string) (param "system" string) (param "code" string) (result (option bool))))))

  ;; Memory and its allocator come first, for the host's functions are lowered with them.
  (core module $memory
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
        (then (drop (memory.grow (i32.add (i32.div_u (local.get 3) (i32.const 65536)) (i32.const 1))))))
      (local.get $at)))
  (core instance $m (instantiate $memory))
  (alias core export $m "memory" (core memory $mem))
  (alias core export $m "realloc" (core func $realloc))

  (core func $log (canon lower (func $host "log") (memory $mem) (realloc $realloc)))
  (core func $as_of (canon lower (func $host "as-of") (memory $mem) (realloc $realloc)))
  (core func $member_of (canon lower (func $host "member-of") (memory $mem) (realloc $realloc)))

  (core module $guest
    (import "host" "log" (func $log (param i32 i32 i32)))
    (import "host" "as-of" (func $as_of (param i32)))
    (import "host" "member-of" (func $member_of (param i32 i32 i32 i32 i32 i32 i32)))
    (import "memory" "memory" (memory 2))

    ;; 1024: {pointer, length} of the description; 1040: the result of `call`.
    (data (i32.const 1024) "\00\08\00\00{DESCRIPTION_LENGTH}")
    (data (i32.const 2048) "{DESCRIPTION}")
    (data (i32.const 4096) "{\"cards\":[{\"summary\":\"Well behaved\",\"indicator\":\"info\",\"source\":{\"label\":\"Test\"}}]}")

    ;; Answers ok with the text at a place.
    (func $ok (param $at i32) (param $length i32) (result i32)
      (i32.store (i32.const 1040) (i32.const 0))
      (i32.store (i32.const 1044) (local.get $at))
      (i32.store (i32.const 1048) (local.get $length))
      (i32.const 1040))
    (func $well_behaved (result i32) (call $ok (i32.const 4096) (i32.const 83)))

    {FIELDS}
  )
  (core instance $i (instantiate $guest
    (with "memory" (instance $m))
    (with "host" (instance
      (export "log" (func $log))
      (export "as-of" (func $as_of))
      (export "member-of" (func $member_of))))))

  (func (export "describe") (result string)
    (canon lift (core func $i "describe") (memory $mem) (realloc $realloc)))
  (func (export "call") (param "service" string) (param "request" string) (result (result string (error string)))
    (canon lift (core func $i "call") (memory $mem) (realloc $realloc))))
