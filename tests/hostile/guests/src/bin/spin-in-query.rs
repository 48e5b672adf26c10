//! Computes in `query` for ever.

use stockbridge_hostile_guests::*;

guest!(query = |_| spin());
