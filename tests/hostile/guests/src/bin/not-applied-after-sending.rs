//! Sends its write, gets no answer, and says that nothing happened.

use stockbridge_hostile_guests::*;

guest!(
    transfer = |_| {
        let _ = http::send(write(&url()));
        Err(WriteFailure::NotApplied(says("nothing happened")))
    }
);
