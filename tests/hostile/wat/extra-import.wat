;; Wants something that no connector is given.
(component
  (import "evil:host/everything@1.0.0" (instance))
  (instance $none)
  (export "stockbridge:connector/metadata@0.1.0" (instance $none))
  (export "stockbridge:connector/inventory@0.1.0" (instance $none)))
