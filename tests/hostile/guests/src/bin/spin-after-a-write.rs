//! Sends its write, gets the answer, and computes for ever.

use stockbridge_hostile_guests::*;

guest!(
    transfer = |_| {
        let _ = http::send(write(&url()));
        spin()
    }
);
