//! Sets the header `host`, which is the host's.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(http::Request { headers: &[("host", &text("evil.example")[..])], ..request(&url()) }));
