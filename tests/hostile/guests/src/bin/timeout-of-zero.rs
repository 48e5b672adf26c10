//! Wants its answer in no time at all.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(http::Request { timeout: Some(0), ..request(&url()) }));
