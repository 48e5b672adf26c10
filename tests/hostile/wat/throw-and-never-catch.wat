;; Throws an exception that nobody catches.
(tag $tag)
(func $query (param i32) (result i32) (throw $tag))
