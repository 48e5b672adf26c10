;; Exports a contract of no version at all.
(component
  (instance $none)
  (export "stockbridge:connector/metadata" (instance $none))
  (export "stockbridge:connector/inventory" (instance $none)))
