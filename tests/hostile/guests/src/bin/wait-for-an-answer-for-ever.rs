//! Waits for an answer, and for the next one, and so on.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        loop {
            let _ = http::send(request(&url()));
        }
    }
);
