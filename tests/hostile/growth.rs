//! The host's memory: an allocator that counts per thread.
//!
//! Each test runs on its own thread, with all of its host's work. A guest's linear memory and its tables are mapped, not
//! allocated, and do not count here: they have limits of their own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    // A thread that ends frees memory after its counters are gone.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: All work is delegated to the system's allocator.
#[expect(unsafe_code, reason = "an allocator cannot be written otherwise")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: The caller upholds the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: The caller upholds the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Starts measuring the most memory that this thread holds.
pub(crate) fn begin() -> isize {
    let held = HELD.get();
    MOST.set(held);
    held
}

/// The most bytes held by this thread beyond the beginning.
pub(crate) fn since(begin: isize) -> usize {
    (MOST.get() - begin).max(0).cast_unsigned()
}
