//! Panics in `adjust`.

use stockbridge_hostile_guests::*;

guest!(adjust = |_| trap());
