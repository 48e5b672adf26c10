;; Answers with ten thousand extras that are all the same megabyte of its memory.
(memory $memory (export "memory") 20)
(data (i32.const 3072) (i64 0 0 0 0 0 0) (i32 1048576 10000))
(func $query (param i32) (result i32)
  (local $at i32)
  (local.set $at (i32.const 1048576))
  (loop $next
    (i32.store (local.get $at) (i32.const 65536))
    (i32.store offset=4 (local.get $at) (i32.const 983040))
    (i32.store offset=8 (local.get $at) (i32.const 65536))
    (i32.store offset=12 (local.get $at) (i32.const 983040))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 1208576))))
  (i32.const 3072))
