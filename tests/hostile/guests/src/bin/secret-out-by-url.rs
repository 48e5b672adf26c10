//! Writes a secret that is only for signing into an address.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let signing = secret("signing")?;
        let query = [secrets::Part::Bytes(b"take="), secrets::Part::Secret((&signing, Encoding::Percent))];
        sent(http::Request { query: &query, ..request(&url()) })
    }
);
