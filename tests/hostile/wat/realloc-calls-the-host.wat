;; Calls the host back where the host asks for room for an argument.
(import "stockbridge:connector/clock@0.1.0" "now" (func $now (result i64)))
(func $realloc (param i32 i32 i32 i32) (result i32) (drop (call $now)) (i32.const 8192))
