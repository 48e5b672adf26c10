//! The guest's allocator: dlmalloc over the memory that the component starts with.
//!
//! A call lives in a fresh instance, so growing the memory on the first allocation, as the standard library's allocator
//! does, costs two changes of page protection on every call, and makes a second core wait for the first. This version
//! of dlmalloc hands out what lies between `__heap_base` and `__heap_end` before it asks for more. The linker argument
//! `--initial-memory` decides how much that is: see `.cargo/config.toml`.
//!
//! A target with a C library, as `wasm32-wasip2` is, has an allocator that thinks the same memory its own: there this one
//! is left out.

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
