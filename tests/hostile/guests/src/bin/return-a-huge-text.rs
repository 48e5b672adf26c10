//! Answers with a row of two megabytes.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let raw = format!("\"{}\"", "x".repeat(2 * 1024 * 1024));
        Ok(StockPage { levels: vec![StockLevel { raw, ..level() }], ..saw("a row") })
    }
);
