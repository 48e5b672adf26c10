;; Nothing: the frame by itself.
