//! Answers a write with more failed lines than an order could have.

use stockbridge_hostile_guests::*;

guest!(
    transfer = |_| {
        let line = LineFailure { line: u32::MAX, provider_code: None, provider_message: None };
        let _ = http::send(write(&url()));
        Ok(Receipt { failed: vec![line; 10_001], ..receipt("lines") })
    }
);
