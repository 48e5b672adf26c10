//! Logs characters that turn the text around or break the line without being control characters.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        log::write(log::Level::Warn, "one\u{202e}owt\u{2028}three\u{2029}four\u{feff}\u{200b}", &[]);
        Ok(saw("turned"))
    }
);
