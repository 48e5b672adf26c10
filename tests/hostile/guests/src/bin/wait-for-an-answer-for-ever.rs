//! Waits for an answer, and for the next one, and so on, as long as it may send; then it has nothing left but to spin.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let url = url();
        while !matches!(http::send(request(&url)), Err(failure) if failure.failure == http::Failure::Denied) {}
        spin()
    }
);
