//! Panics in `operations`.

use stockbridge_hostile_guests::*;

guest!(operations = || trap());
