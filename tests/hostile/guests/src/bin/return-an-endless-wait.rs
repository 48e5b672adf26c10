//! Asks to wait for the longest time that there is.

use stockbridge_hostile_guests::*;

guest!(query = |_| Err(says("wait").retry_after(u64::MAX)));
