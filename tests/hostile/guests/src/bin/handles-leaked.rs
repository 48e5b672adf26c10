//! Gets a secret again and again and never gives a handle back. Tells how many it got.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let mut got = 0_u32;
        while let Ok(secret) = secrets::get("signing") {
            std::mem::forget(secret);
            got += 1;
        }
        Ok(saw(got))
    }
);
