;; Wants the clock to answer with a text.
(component
  (import "stockbridge:connector/clock@0.1.0" (instance (export "now" (func (result string)))))
  (instance $none)
  (export "stockbridge:connector/metadata@0.1.0" (instance $none))
  (export "stockbridge:connector/inventory@0.1.0" (instance $none)))
