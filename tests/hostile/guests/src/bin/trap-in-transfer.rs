//! Panics in `transfer`.

use stockbridge_hostile_guests::*;

guest!(transfer = |_| trap());
