//! Writes a slash the other way round.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(request("https://granted.example\\@evil.example/")));
