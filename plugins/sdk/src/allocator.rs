//! The guest's allocator: dlmalloc on the component's initial memory.
//!
//! A call runs in a fresh instance. Growing the memory on the first allocation, as the standard library's allocator does,
//! costs two changes of page protection on every call, and makes a second core wait for the first. This version of dlmalloc
//! uses the memory between `__heap_base` and `__heap_end` before it requests more. The linker argument `--initial-memory`
//! sets its size: see `.cargo/config.toml`.
//!
//! A target with a C library, such as `wasm32-wasip2`, has an allocator that uses the same memory: there this one is left
//! out.

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
