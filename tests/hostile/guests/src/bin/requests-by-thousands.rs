//! Sends thousands of requests, and tells how many were answered and what the last refusal was.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let (url, mut answered, mut refused) = (url(), 0_u32, String::new());
        for _ in 0..5_000 {
            match http::send(request(&url)) {
                Ok(_) => answered += 1,
                Err(failure) => refused = failure.message,
            }
        }
        Ok(saw(format!("{answered}, then: {refused}")))
    }
);
