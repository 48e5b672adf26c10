//! Computes in `operations` for ever.

use stockbridge_hostile_guests::*;

guest!(operations = || spin());
