//! Takes memory page by page until it gets no more, and tells how many pages it has.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        while grow(1) {}
        Ok(saw(pages()))
    }
);

#[cfg(target_arch = "wasm32")]
fn grow(pages: usize) -> bool {
    core::arch::wasm32::memory_grow(0, pages) != usize::MAX
}

#[cfg(target_arch = "wasm32")]
fn pages() -> usize {
    core::arch::wasm32::memory_size(0)
}

#[cfg(not(target_arch = "wasm32"))]
fn grow(_: usize) -> bool {
    false
}

#[cfg(not(target_arch = "wasm32"))]
fn pages() -> usize {
    0
}
