;; Has nothing to say about itself.
(component
  (instance $none)
  (export "stockbridge:connector/inventory@0.1.0" (instance $none)))
