;; Reads just behind its memory.
(func $query (param i32) (result i32) (i32.load (i32.const 131072)))
