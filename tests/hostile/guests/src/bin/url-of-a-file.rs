//! Asks for a file.

use stockbridge_hostile_guests::*;

guest!(query = |_| sent(request("file:///etc/passwd")));
