//! Computes in `resolve` for ever.

use stockbridge_hostile_guests::*;

guest!(resolve = |_, _| spin());
