;; Was built for a contract of another version.
(component
  (import "stockbridge:connector/http@9.9.9" (instance))
  (instance $none)
  (export "stockbridge:connector/metadata@9.9.9" (instance $none))
  (export "stockbridge:connector/inventory@9.9.9" (instance $none)))
