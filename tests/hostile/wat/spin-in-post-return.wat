;; Answers, and computes for ever while it clears up.
(func $query_done (param i32) (loop $again (br $again)))
