//! Winit's errors: their classes, and their meaning for a write.

use stockbridge_connector::refusal::{No, words_of_data};
use stockbridge_connector::{Error, ErrorClass, WriteFailure, json, reader::Raw};

/// An answer with a code other than 0. The codes of a bad signature, an expired timestamp and too many requests are
/// unknown, and no page documents a refusal text: texts that name a fault of the order are refusals, and all others leave
/// the write unknown.
pub(crate) fn failure(
    code: &str,
    msg: Option<Raw<'_>>,
    data: Option<Raw<'_>>,
    extras: Vec<(String, String)>,
) -> WriteFailure {
    // An unreadable message may be one about trouble.
    let message = msg.map_or_else(|| Ok(String::new()), |msg| json::words(msg.0).map_err(|_| msg.0.to_owned()));
    let is_unreadable = message.is_err();
    let message = message.unwrap_or_else(|unread| unread);
    let of_data = data.map(|data| words_of_data(data.0)).unwrap_or_default();
    let words: Vec<&str> = [&*message].into_iter().chain(of_data.iter().map(String::as_str)).collect();
    let no = No { words: &words, by_code: established_class(code, &message), ..No::default() };
    let (class, outcome) = match code.trim_start_matches('0') {
        // "Generic": a fault of any kind, before or after the service.
        "-1" => (ErrorClass::Unavailable, WriteFailure::Unknown as fn(Error) -> WriteFailure),
        _ if is_unreadable => (ErrorClass::Unavailable, WriteFailure::Unknown as _),
        _ => no.meaning(),
    };
    let words = if message.is_empty() { of_data.into_iter().next().unwrap_or_default() } else { message };
    let mut error = Error::by_provider(class, code, words);
    error.extras = extras;
    outcome(error)
}

/// The documented codes of steps before the service. A code that is sent as a number has lost its leading zero.
fn established_class(code: &str, words: &str) -> Option<ErrorClass> {
    match code.trim_start_matches('0') {
        // Identity check failed or no permission; user does not exist.
        "3010250007" | "3010250006" => Some(ErrorClass::Unauthorized),
        // The same error in another form that clients have seen.
        "1" if words.contains("03010250006") => Some(ErrorClass::Unauthorized),
        // Order does not exist: this request cannot have created one.
        "2020249100" => Some(ErrorClass::NotFound),
        _ => None,
    }
}
