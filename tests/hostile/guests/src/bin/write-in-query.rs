//! Sends a write in `query`.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(write(&url())));
