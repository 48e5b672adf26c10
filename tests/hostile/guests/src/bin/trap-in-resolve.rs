//! Panics in `resolve`.

use stockbridge_hostile_guests::*;

guest!(resolve = |_, _| trap());
