;; Wants an interface that the contract does not have.
(component
  (import "stockbridge:connector/files@0.1.0" (instance))
  (instance $none)
  (export "stockbridge:connector/metadata@0.1.0" (instance $none))
  (export "stockbridge:connector/inventory@0.1.0" (instance $none)))
