//! Writes a tab into the name of the host, which many parsers drop.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(request("https://granted.exa\tmple.evil.example/")));
