//! Ends the request line in the query.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(http::Request { query: &text("a=1 HTTP/1.1\r\nhost: evil.example"), ..request(&url()) }));
