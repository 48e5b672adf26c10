//! Describes itself in sixteen megabytes.

use stockbridge_hostile_guests::*;

guest!(describe = || Descriptor { title: "x".repeat(16 * 1024 * 1024), ..descriptor() });
