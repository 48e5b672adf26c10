;; The frame of the guests in `wat/`: a core module that exports the contract and harms nobody. A guest is written as
;; fields of a module; what it does not define by its name stands here. The blocks are parted by empty lines.

(memory $memory (export "memory") 2)

(global $top (mut i32) (i32.const 8192))

;; Texts: hostile, url, signing, bearer, token, and the operations.
(data (i32.const 1024) "hostile\00url\00signing\00bearer\00\00token\00\00\00query\00\00\00transfer")

(data (i32.const 1080) "adjust.count" "occupy")

;; The settings at 1104: one, `url`, which is not required. The secrets at 1136: signing, bearer, and token.
(data (i32.const 1104) (i32 1032 3 1032 3 0 0 0 0))

(data (i32.const 1136) (i32 1036 7 1036 7) (i8 0 0 0 0) (i32 1044 6 1044 6) (i8 0 1 0 0) (i32 1052 5 1052 5) (i8 0 1 1 0))

;; The descriptor at 1200: provider, title, settings, secrets, application, origins, requests-per-minute.
(data (i32.const 1200) (i32 1024 7 1024 7 1104 1 1136 3 0 0 0 0 0 0))

;; The operations at 1264: a list of four at 1272, each a name, `blind`, and no methods.
(data (i32.const 1264) (i32 1272 4) (i32 1060 5 2 0 0 0 0 0) (i32 1068 8 2 0 0 0 0 0) (i32 1080 12 2 0 0 0 0 0) (i32 1092 6 2 0 0 0 0 0))

(func $realloc (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
  (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
                          (i32.sub (i32.const 0) (local.get $align))))
  (global.set $top (i32.add (local.get $at) (local.get $size)))
  (local.get $at))

(func $describe (result i32) (i32.const 1200))

(func $operations (result i32) (i32.const 1264))

;; At 2048 there are only zeros. As an answer they are: it went well, and everything in it is empty.
(func $check (result i32) (i32.const 2048))

(func $query (param i32) (result i32) (i32.const 2048))

(func $query_done (param i32))

(func $transfer (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 2048))

(func $adjust (param i32) (result i32) (i32.const 2048))

(func $occupy (param i32) (result i32) (i32.const 2048))

(func $resolve (param i32) (result i32) (i32.const 2048))

(export "cabi_realloc" (func $realloc))

(export "stockbridge:connector/metadata@0.1.0#describe" (func $describe))

(export "stockbridge:connector/metadata@0.1.0#operations" (func $operations))

(export "stockbridge:connector/metadata@0.1.0#check" (func $check))

(export "stockbridge:connector/inventory@0.1.0#query" (func $query))

(export "cabi_post_stockbridge:connector/inventory@0.1.0#query" (func $query_done))

(export "stockbridge:connector/inventory@0.1.0#transfer" (func $transfer))

(export "stockbridge:connector/inventory@0.1.0#adjust" (func $adjust))

(export "stockbridge:connector/inventory@0.1.0#occupy" (func $occupy))

(export "stockbridge:connector/inventory@0.1.0#resolve" (func $resolve))
