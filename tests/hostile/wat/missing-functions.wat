;; Exports the right interfaces with nothing in them.
(component
  (instance $none)
  (export "stockbridge:connector/metadata@0.1.0" (instance $none))
  (export "stockbridge:connector/inventory@0.1.0" (instance $none)))
