//! Sends thousands of requests, whatever it is told.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let url = url();
        let answered = (0..5_000).filter(|_| http::send(request(&url)).is_ok()).count();
        Ok(saw(answered))
    }
);
