//! Sends a write in `resolve`.

use stockbridge_hostile_guests::*;

guest!(resolve = |_, _| sent(write(&url())).map(|_| Resolution::NotApplied("it was sent again".into())));
