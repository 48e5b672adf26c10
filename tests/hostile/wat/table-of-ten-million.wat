;; Wants a table of ten million elements from the start.
(table $table 10000000 funcref)
