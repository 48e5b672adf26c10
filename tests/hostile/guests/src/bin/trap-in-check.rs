//! Panics in `check`.

use stockbridge_hostile_guests::*;

guest!(check = || trap());
