//! Answers with a row that has more places than a row may have.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let place = StockDetail { position: None, batch: None, expiry: None, quantity: None, extras: vec![] };
        Ok(StockPage { levels: vec![StockLevel { details: vec![place; 10_001], ..level() }], ..saw("places") })
    }
);
