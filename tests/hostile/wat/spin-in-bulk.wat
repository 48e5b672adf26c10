;; Computes for ever in instructions that each move a megabyte.
(memory $memory (export "memory") 40)
(func $query (param i32) (result i32)
  (loop $again
    (memory.copy (i32.const 65536) (i32.const 1179648) (i32.const 1048576))
    (br $again))
  (unreachable))
