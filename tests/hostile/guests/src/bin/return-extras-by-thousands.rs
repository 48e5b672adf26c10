//! Answers with more extras than an answer may have.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let extras = (0..10_001).map(|number| (number.to_string(), "1".to_owned())).collect();
        Ok(StockPage { extras, ..saw("extras") })
    }
);
