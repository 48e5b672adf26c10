//! Calls itself without end as soon as it is asked what it is.

use stockbridge_hostile_guests::*;

use std::hint::black_box;

guest!(
    describe = || {
        black_box(deeper(0));
        descriptor()
    }
);

fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 8]);
    if black_box(true) { deeper(depth + 1) + black_box(frame).iter().sum::<u64>() } else { depth }
}
