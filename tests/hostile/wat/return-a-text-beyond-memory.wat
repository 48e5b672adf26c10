;; Answers with a cursor that ends beyond its memory.
(data (i32.const 3072) (i64 0) (i32 0 0) (i32 1 4096 0x7fffffff))
(func $query (param i32) (result i32) (i32.const 3072))
