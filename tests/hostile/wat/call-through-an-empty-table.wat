;; Calls a function that is not in its table.
(type $function (func))
(table $table 1 funcref)
(func $query (param i32) (result i32) (call_indirect $table (type $function) (i32.const 0)) (i32.const 2048))
