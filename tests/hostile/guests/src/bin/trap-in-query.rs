//! Panics in `query`.

use stockbridge_hostile_guests::*;

guest!(query = |_| trap());
