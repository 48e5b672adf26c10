//! Computes in `describe` for ever.

use stockbridge_hostile_guests::*;

guest!(describe = || spin());
