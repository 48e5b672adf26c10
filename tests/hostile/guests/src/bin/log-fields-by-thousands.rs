//! Logs one line with thousands of fields.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let fields: Vec<_> = (0..10_000).map(|number| (format!("field{number}"), "value".to_owned())).collect();
        log::write(log::Level::Info, "one line", &fields);
        Ok(saw("one line"))
    }
);
