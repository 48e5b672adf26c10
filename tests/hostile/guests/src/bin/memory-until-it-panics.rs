//! Allocates without end, as a leak would.

use stockbridge_hostile_guests::*;

use std::hint::black_box;

guest!(
    query = |_| {
        let mut taken = Vec::new();
        loop {
            taken.push(black_box(vec![1_u8; 256 * 1024]));
        }
    }
);
