//! Answers every page with the same cursor.

use stockbridge_hostile_guests::*;

guest!(query = |_| Ok(StockPage { next: Some("again".into()), ..saw("a page") }));
