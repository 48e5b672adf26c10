;; Answers with neither a page nor an error.
(data (i32.const 3072) (i8 7))
(func $query (param i32) (result i32) (i32.const 3072))
