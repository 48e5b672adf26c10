//! Sets the header `connection`, which is the host's.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(http::Request { headers: &[("connection", &text("upgrade")[..])], ..request(&url()) }));
