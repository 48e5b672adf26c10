//! Ends a line in the method.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| sent(http::Request { method: "GET / HTTP/1.1\r\nhost: evil.example\r\n\r\nGET", ..request(&url()) })
);
