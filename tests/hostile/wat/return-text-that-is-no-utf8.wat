;; Answers with a cursor that is no UTF-8.
(data (i32.const 3072) (i64 0) (i32 0 0) (i32 1 4096 4))
(data (i32.const 4096) "a\c3\28b")
(func $query (param i32) (result i32) (i32.const 3072))
