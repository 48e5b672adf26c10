//! Computes in `occupy` for ever.

use stockbridge_hostile_guests::*;

guest!(occupy = |_| spin());
