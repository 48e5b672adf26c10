;; Fails with a class that the contract does not have.
(data (i32.const 3072) (i8 1 0 0 0 0 0 0 0 200))
(func $query (param i32) (result i32) (i32.const 3072))
