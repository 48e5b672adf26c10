//! Sends a body that is one byte too long, in pieces.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let piece = vec![b'x'; 1024 * 1024];
        let mut body = Vec::from_iter((0..4).map(|_| secrets::Part::Bytes(&piece)));
        body.push(secrets::Part::Bytes(b"x"));
        sent(http::Request { method: "POST", body: &body, ..request(&url()) })
    }
);
