//! Computes in `adjust` for ever.

use stockbridge_hostile_guests::*;

guest!(adjust = |_| spin());
