//! Joins a secret that is only for signing with nothing, to send what comes out.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let signing = secret("signing")?;
        let joined = secrets::join(&[secrets::Part::Secret((&signing, Encoding::Plain))]).map_err(refused)?;
        let body = [secrets::Part::Secret((&joined, Encoding::Base64))];
        sent(http::Request { method: "POST", body: &body, ..request(&url()) })
    }
);
