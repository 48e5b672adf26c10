//! Computes in `transfer` for ever.

use stockbridge_hostile_guests::*;

guest!(transfer = |_| spin());
