//! Winit's errors: what each means for a program, and what it says about a write.

use stockbridge_connector::{Error, ErrorClass, WriteFailure, in_trouble, json, reader::Raw};

/// An answer with a code other than 0. Which codes stand for a bad signature, an expired timestamp and too many
/// requests is not known, so those are told apart from a refusal only by the provider's own words.
pub(crate) fn failure(code: &str, msg: Option<Raw<'_>>, extras: Vec<(String, String)>) -> WriteFailure {
    let said = msg.map_or_else(|| Ok(String::new()), |msg| json::words(msg.0).map_err(|_| msg.0.to_owned()));
    let (class, words) = match said {
        Ok(words) => (class(code, &words), words),
        // They may be words of trouble, where the code explains nothing.
        Err(unread) => match class(code, &unread) {
            ErrorClass::Rejected => (ErrorClass::Unavailable, unread),
            class => (class, unread),
        },
    };
    let mut error = Error::by_provider(class, code, words);
    error.extras = extras;
    match class {
        // A fault of any kind, on the way in or on the way out.
        ErrorClass::Unavailable => WriteFailure::Unknown(error),
        _ => WriteFailure::NotApplied(error),
    }
}

/// The documented codes. A code that comes as a number has lost its leading nought.
fn class(code: &str, words: &str) -> ErrorClass {
    match code.trim_start_matches('0') {
        // Identity check failed or no permission; user does not exist.
        "3010250007" | "3010250006" => ErrorClass::Unauthorized,
        // The same, as it has been seen too.
        "1" if words.contains("03010250006") => ErrorClass::Unauthorized,
        // Order does not exist.
        "2020249100" => ErrorClass::NotFound,
        "-1" => ErrorClass::Unavailable,
        // Few codes are published, so what says so in words is believed whatever its code.
        _ if in_trouble(words) => ErrorClass::Unavailable,
        _ => ErrorClass::Rejected,
    }
}
