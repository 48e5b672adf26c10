//! Fails with words that clear a terminal and pretend to be a line of their own.

use stockbridge_hostile_guests::*;

guest!(query = |_| Err(says("\u{1b}[2J\u{1b}[1;1Hall is well\r\naccount `other`: moved")));
