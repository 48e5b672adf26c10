//! Asks for the same token in an answer ten thousand times.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let capture = vec![Capture { name: "token", pointer: "/nowhere", lifetime: None }; 10_000];
        sent(http::Request { capture: &capture, ..request(&url()) })
    }
);
