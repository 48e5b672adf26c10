;; Answers with a cursor whose length ends in the middle of a character.
(data (i32.const 3072) (i64 0) (i32 0 0) (i32 1 4096 2))
(data (i32.const 4096) "\e8\b4\a7")
(func $query (param i32) (result i32) (i32.const 3072))
