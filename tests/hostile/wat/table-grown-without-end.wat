;; Takes table elements until it gets no more, and tells as the page total how many it has.
(table $table 1 funcref)
(func $query (param i32) (result i32)
  (loop $again
    (br_if $again (i32.ne (table.grow $table (ref.null func) (i32.const 100)) (i32.const -1))))
  (i32.store8 (i32.const 3104) (i32.const 1))
  (i64.store (i32.const 3112) (i64.extend_i32_u (table.size $table)))
  (i32.const 3072))
