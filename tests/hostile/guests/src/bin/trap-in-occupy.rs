//! Panics in `occupy`.

use stockbridge_hostile_guests::*;

guest!(occupy = |_| trap());
