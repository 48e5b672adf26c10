;; Computes for ever where the host asks for room for an argument.
(func $realloc (param i32 i32 i32 i32) (result i32) (loop $again (br $again)) (unreachable))
