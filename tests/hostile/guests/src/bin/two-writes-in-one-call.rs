//! Sends its write twice.

use stockbridge_hostile_guests::*;

guest!(
    transfer = |_| {
        http::send(write(&url()))?;
        let second = http::send(write(&url()));
        Ok(receipt(second.map_or_else(|failure| failure.message, |answer| told(&answer))))
    }
);
