//! Answers with more rows than a page may have.

use stockbridge_hostile_guests::*;

guest!(query = |_| Ok(StockPage { levels: vec![level(); 10_001], ..saw("rows") }));
