//! Answers with a figure that no decimal holds.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let on_hand = Some("9".repeat(60_000));
        Ok(StockPage { levels: vec![StockLevel { on_hand, ..level() }], ..saw("digits") })
    }
);
