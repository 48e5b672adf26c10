;; Traps before it can be asked anything.
(func $start (unreachable))
(start $start)
