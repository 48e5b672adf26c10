;; Computes for ever in one export.
;; In each of: adjust check describe occupy operations query resolve transfer
(func $each (loop $again (br $again)) (unreachable))
