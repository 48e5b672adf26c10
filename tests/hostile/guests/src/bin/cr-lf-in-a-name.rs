//! Ends a line in the name of a header.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(http::Request { headers: &[("x\r\nhost", &text("evil.example")[..])], ..request(&url()) }));
