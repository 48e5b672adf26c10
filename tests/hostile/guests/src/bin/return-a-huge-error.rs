//! Fails with a message of a megabyte.

use stockbridge_hostile_guests::*;

guest!(query = |_| Err(says("x".repeat(1024 * 1024))));
