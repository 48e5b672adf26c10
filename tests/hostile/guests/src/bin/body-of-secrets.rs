//! Sends a body of two hundred thousand times the same secret.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let bearer = secret("bearer")?;
        let body: Vec<_> = (0..200_000).map(|_| secrets::Part::Secret((&bearer, Encoding::HexLower))).collect();
        sent(http::Request { method: "POST", body: &body, ..request(&url()) })
    }
);
