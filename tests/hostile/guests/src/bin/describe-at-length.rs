//! Describes itself in a megabyte.

use stockbridge_hostile_guests::*;

guest!(describe = || Descriptor { title: "x".repeat(1024 * 1024), ..descriptor() });
