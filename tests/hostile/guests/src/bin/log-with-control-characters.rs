//! Logs a line that clears the terminal, a line that looks like two, and text that runs backwards.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let field = ("a\nb".to_owned(), "c\r\nd\u{0}\u{7f}\u{9b}31m".to_owned());
        log::write(log::Level::Warn, "\u{1b}[2Jone\nERROR other: two\u{8}", &[field]);
        Ok(saw("painted"))
    }
);
