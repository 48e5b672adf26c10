;; Takes memory as garbage-collected arrays, beside its linear memory, without end.
(type $array (array (mut i8)))
(func $query (param i32) (result i32)
  (loop $again
    (drop (array.new_default $array (i32.const 65536)))
    (br $again))
  (unreachable))
