//! Answers with a row of brackets, half a million deep.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let raw = "[".repeat(500_000) + &"]".repeat(500_000);
        Ok(StockPage { levels: vec![StockLevel { raw, ..level() }], ..saw("brackets") })
    }
);
