//! Does nothing that hurts: what the frame does by itself. Every host of the suite serves it beside the other guest.

use stockbridge_hostile_guests::*;

guest!(query = |_| Ok(saw("nothing")));
