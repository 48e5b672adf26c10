//! Calls itself by a name that clears a terminal.

use stockbridge_hostile_guests::*;

guest!(describe = || Descriptor { provider: "\u{1b}[2Jwdt".into(), ..descriptor() });
