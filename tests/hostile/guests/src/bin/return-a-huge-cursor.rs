//! Answers with a cursor of a megabyte.

use stockbridge_hostile_guests::*;

guest!(query = |_| Ok(StockPage { next: Some("c".repeat(1024 * 1024)), ..saw("a cursor") }));
