//! Answers with the last moment that the contract can name.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        Ok(StockPage { levels: vec![StockLevel { changed: Some(i64::MAX), ..level() }], ..saw("the end of time") })
    }
);
