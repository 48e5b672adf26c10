//! Ends a line in the value of a header, cut into two parts.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let value = [secrets::Part::Bytes(b"1\r"), secrets::Part::Bytes(b"\nhost: evil.example")];
        sent(http::Request { headers: &[("x-one", &value[..])], ..request(&url()) })
    }
);
