//! Says that the goods moved, and sends nothing.

use stockbridge_hostile_guests::*;

guest!(transfer = |_| Ok(receipt("moved")));
