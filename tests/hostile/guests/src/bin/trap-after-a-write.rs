//! Sends its write, gets the answer, and panics.

use stockbridge_hostile_guests::*;

guest!(
    transfer = |_| {
        let _ = http::send(write(&url()));
        trap()
    }
);
