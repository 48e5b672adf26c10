;; Wants all the memory that there can be from the start.
(memory $memory (export "memory") 65536)
