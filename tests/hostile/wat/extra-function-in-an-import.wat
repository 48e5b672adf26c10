;; Wants a function of the clock that the clock does not have.
(component
  (import "stockbridge:connector/clock@0.1.0" (instance (export "set" (func (param "to" s64)))))
  (instance $none)
  (export "stockbridge:connector/metadata@0.1.0" (instance $none))
  (export "stockbridge:connector/inventory@0.1.0" (instance $none)))
