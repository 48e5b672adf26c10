;; Traps in one export, as a panic does.
;; In each of: adjust check describe occupy operations query resolve transfer
(func $each (unreachable))
