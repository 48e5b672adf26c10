//! Takes digests until it is refused, and tells how many it got.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let mut taken = 0_u32;
        while secrets::digest(Algorithm::Sha512, &text("abc")).is_ok() {
            taken += 1;
        }
        Ok(saw(taken))
    }
);
