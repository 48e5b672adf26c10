//! Computes in `check` for ever.

use stockbridge_hostile_guests::*;

guest!(check = || spin());
