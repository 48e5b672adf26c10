//! Winit's errors: what each means for a program, and what it says about a write.

use stockbridge_connector::refusal::{No, words_of_data};
use stockbridge_connector::{Error, ErrorClass, WriteFailure, json, reader::Raw};

/// An answer with a code other than 0. Which codes stand for a bad signature, an expired timestamp and too many
/// requests is not known, and no page prints a text of a refusal: those that say of the order what they find fault with are
/// refusals, and of all others it is not known what became of the write.
pub(crate) fn failure(
    code: &str,
    msg: Option<Raw<'_>>,
    data: Option<Raw<'_>>,
    extras: Vec<(String, String)>,
) -> WriteFailure {
    // What cannot be read may be words of trouble.
    let said = msg.map_or_else(|| Ok(String::new()), |msg| json::words(msg.0).map_err(|_| msg.0.to_owned()));
    let is_unread = said.is_err();
    let said = said.unwrap_or_else(|unread| unread);
    let of_data = data.map(|data| words_of_data(data.0)).unwrap_or_default();
    let words: Vec<&str> = [&*said].into_iter().chain(of_data.iter().map(String::as_str)).collect();
    let no = No { words: &words, by_code: established_class(code, &said), ..No::default() };
    let (class, outcome) = match code.trim_start_matches('0') {
        // "Generic": a fault of any kind, on the way in or on the way out.
        "-1" => (ErrorClass::Unavailable, WriteFailure::Unknown as fn(Error) -> WriteFailure),
        _ if is_unread => (ErrorClass::Unavailable, WriteFailure::Unknown as _),
        _ => no.meaning(),
    };
    let words = if said.is_empty() { of_data.into_iter().next().unwrap_or_default() } else { said };
    let mut error = Error::by_provider(class, code, words);
    error.extras = extras;
    outcome(error)
}

/// The documented codes of what comes before the service. A code that comes as a number has lost its leading nought.
fn established_class(code: &str, words: &str) -> Option<ErrorClass> {
    match code.trim_start_matches('0') {
        // Identity check failed or no permission; user does not exist.
        "3010250007" | "3010250006" => Some(ErrorClass::Unauthorized),
        // The same, as it has been seen too.
        "1" if words.contains("03010250006") => Some(ErrorClass::Unauthorized),
        // Order does not exist: nothing of the kind can be there by this request.
        "2020249100" => Some(ErrorClass::NotFound),
        _ => None,
    }
}
