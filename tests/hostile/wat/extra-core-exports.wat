;; Exports functions that nobody asked for, under names that others give a meaning.
(export "_start" (func $check))
(export "stockbridge:connector/inventory@0.1.0#steal" (func $check))
