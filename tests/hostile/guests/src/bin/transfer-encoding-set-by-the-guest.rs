//! Sets the header `transfer-encoding`, which is the host's.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(http::Request { headers: &[("transfer-encoding", &text("chunked")[..])], ..request(&url()) }));
