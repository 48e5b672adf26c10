//! Sends to an address of eight megabytes.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(request(&format!("{}/{}", url(), "x".repeat(8 * 1024 * 1024)))));
