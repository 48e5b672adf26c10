//! Sets the header `content-length`, which is the host's.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(http::Request { headers: &[("content-length", &text("1")[..])], ..request(&url()) }));
