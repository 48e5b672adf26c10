//! Logs as much as fits into each line that it has.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let long = "x".repeat(64 * 1024);
        let fields = vec![(long.clone(), long.clone()); 32];
        for _ in 0..100 {
            log::write(log::Level::Info, &long, &fields);
        }
        Ok(saw("all of it"))
    }
);
