//! Panics when it is asked for the item `trap`, and tells how often this instance was asked.

use stockbridge_hostile_guests::*;

use std::sync::atomic::{AtomicU32, Ordering};

static ASKED: AtomicU32 = AtomicU32::new(0);

guest!(
    query = |request| {
        let asked = ASKED.fetch_add(1, Ordering::SeqCst) + 1;
        if request.skus.iter().any(|sku| sku == "trap") { trap() } else { Ok(saw(asked)) }
    }
);
