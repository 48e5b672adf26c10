//! Sends a header of eight megabytes.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let value = "x".repeat(8 * 1024 * 1024);
        sent(http::Request { headers: &[("x-long", &text(&value)[..])], ..request(&url()) })
    }
);
