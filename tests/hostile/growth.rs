//! How much memory the host takes: an allocator that counts, thread by thread.
//!
//! Tests run on threads of their own, and so does all that the host does in them. A guest's linear memory and its tables
//! are mapped, not allocated, and do not count here: they have limits of their own.

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
    // A thread that ends frees after its counters are gone.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: The system's allocator does the work.
#[expect(unsafe_code, reason = "an allocator cannot be written otherwise")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: As the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: As the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Begins to look for the most that this thread holds.
pub(crate) fn begin() -> isize {
    let held = HELD.get();
    MOST.set(held);
    held
}

/// How many bytes more than in the beginning this thread held at the most.
pub(crate) fn since(begin: isize) -> usize {
    (MOST.get() - begin).max(0).cast_unsigned()
}
