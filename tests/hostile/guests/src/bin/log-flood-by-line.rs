//! Logs without end.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        for line in 0..10_000 {
            log::write(log::Level::Info, &line.to_string(), &[]);
        }
        Ok(saw("10000 lines"))
    }
);
