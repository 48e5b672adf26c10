//! Panics in `describe`.

use stockbridge_hostile_guests::*;

guest!(describe = || trap());
