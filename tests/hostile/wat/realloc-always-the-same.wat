;; Gives the host the same room for everything, so that arguments overwrite each other and the guest itself.
(func $realloc (param i32 i32 i32 i32) (result i32) (i32.const 1024))
