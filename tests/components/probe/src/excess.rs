//! Misbehaviour of a connector.

use std::hint::black_box;

/// Computes without end.
pub(crate) fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// Allocates memory without end.
pub(crate) fn grow() -> ! {
    let mut taken = Vec::new();
    loop {
        taken.push(black_box(vec![1_u8; 256 * 1024]));
    }
}

/// Recurses without end.
pub(crate) fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 8]);
    if black_box(true) { recurse(depth + 1) + black_box(frame).iter().sum::<u64>() } else { depth }
}

/// Panics.
#[expect(clippy::panic, reason = "the tests look at what becomes of it")]
pub(crate) fn panic() -> ! {
    panic!("as it was told")
}
