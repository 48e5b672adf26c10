//! Sends a hundred thousand headers.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let value = text("1");
        let headers = vec![("x-one", &value[..]); 100_000];
        sent(http::Request { headers: &headers, ..request(&url()) })
    }
);
