//! Meaning of the provider's refusals: the table of status codes, and the texts of the business error 100.

use stockbridge_connector::refusal::{No, wangdiantong};
use stockbridge_connector::{Error, ErrorClass, WriteFailure};

/// Wait after the rate limit. The text says "later" (请稍后重试), and the vendor advises minutes.
const RATE_LIMIT_MILLISECONDS: u64 = 60_000;

/// The texts of status 1 that reject the caller; all others reject the request.
const UNKNOWN_CALLER: [&str; 4] = ["验证失败", "sid is not exists", "sid is not found", "app auth fail"];

/// A refusal by the provider: the answer's first `status` is not 0. Its messages are in `message`, in `data` or in both.
pub(crate) fn refusal(status: &str, words: &[&str], extras: Vec<(String, String)>) -> WriteFailure {
    let reason = words.iter().copied().find(|words| !words.trim().is_empty()).unwrap_or_default();
    let by_code = established_class(status, reason);
    let no = No { codes: &[], words, texts: &[&wangdiantong::BUSINESS], by_code };
    let (class, outcome) = match status {
        // 4 and 5 are database errors, 99 is "other": what was done before them is unknown.
        "4" | "5" | "99" => (ErrorClass::Unavailable, WriteFailure::Unknown as fn(Error) -> WriteFailure),
        // The texts are those of 100. A status outside the table does not say whether anything was done before it.
        "1" | "2" | "3" | "6" | "7" | "8" | "100" => no.meaning(),
        _ => (no.meaning().0, WriteFailure::Unknown as _),
    };
    let mut error = failure(class, status, reason, extras);
    if class == ErrorClass::RateLimited {
        error = error.retry_after(RATE_LIMIT_MILLISECONDS);
    }
    outcome(error)
}

/// Class of a status that the gateway returns before it calls a method.
fn established_class(status: &str, words: &str) -> Option<ErrorClass> {
    match status {
        "1" if UNKNOWN_CALLER.iter().any(|text| words.contains(text)) => Some(ErrorClass::Unauthorized),
        // 2 returns a bare field name, which is missing or unknown; 8 is the version.
        "1" | "2" | "8" => Some(ErrorClass::InvalidRequest),
        // 3 requires a one-time password, 7 is the clock.
        "3" | "7" => Some(ErrorClass::Unauthorized),
        "6" => Some(ErrorClass::Forbidden),
        _ => None,
    }
}

/// A refusal by the second level: `data.status` is neither 0 nor 20. The first level reported success, so a document may
/// exist.
pub(crate) fn second_level(status: &str, message: &str, extras: Vec<(String, String)>) -> WriteFailure {
    WriteFailure::Unknown(failure(ErrorClass::Rejected, status, message, extras))
}

fn failure(class: ErrorClass, status: &str, words: &str, extras: Vec<(String, String)>) -> Error {
    let mut error = Error::by_provider(class, status, words);
    error.extras = extras;
    error
}
