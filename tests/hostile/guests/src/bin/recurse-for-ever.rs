//! Calls itself until there is no stack left.

use stockbridge_hostile_guests::*;

use std::hint::black_box;

guest!(query = |_| Ok(saw(deeper(0))));

fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 8]);
    if black_box(true) { deeper(depth + 1) + black_box(frame).iter().sum::<u64>() } else { depth }
}
