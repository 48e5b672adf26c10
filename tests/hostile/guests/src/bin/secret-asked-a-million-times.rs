//! Gets a secret and gives it back, a million times.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        for _ in 0..1_000_000 {
            drop(secret("signing")?);
        }
        Ok(saw("a million"))
    }
);
