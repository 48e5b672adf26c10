//! Gets a secret and gives it back, and does not stop.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        loop {
            drop(secret("signing")?);
        }
    }
);
