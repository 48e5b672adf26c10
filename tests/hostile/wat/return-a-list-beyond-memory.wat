;; Answers with a list that ends far beyond its memory.
(data (i32.const 3080) (i32 4096 0x0fffffff))
(func $query (param i32) (result i32) (i32.const 3072))
