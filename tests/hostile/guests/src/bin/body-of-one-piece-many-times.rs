//! Sends a body that is one megabyte of its memory a thousand times over.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let piece = vec![b'x'; 1024 * 1024];
        let body = Vec::from_iter((0..1_000).map(|_| secrets::Part::Bytes(&piece)));
        sent(http::Request { method: "POST", body: &body, ..request(&url()) })
    }
);
