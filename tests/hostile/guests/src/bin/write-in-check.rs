//! Sends a write in `check`.

use stockbridge_hostile_guests::*;

guest!(check = || sent(write(&url())).map(|_| ()));
