//! Wants to wait for half a billion years.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let _ = http::send(http::Request { timeout: Some(u64::MAX), ..request(&url()) });
        spin()
    }
);
