;; Is a core module and no component.
(module)
