//! What the provider's refusals mean: the table of status codes, and the texts of the business error 100.

use stockbridge_connector::refusal::{No, wangdiantong};
use stockbridge_connector::{Error, ErrorClass, WriteFailure};

/// How long to stay away after the rate limit. The text says "later" (请稍后重试), and the vendor advises minutes.
const RATE_LIMIT_MILLISECONDS: u64 = 60_000;

/// The texts of status 1 that say that the caller is not known; all others find fault with the request.
const UNKNOWN_CALLER: [&str; 4] = ["验证失败", "sid is not exists", "sid is not found", "app auth fail"];

/// The provider said no: the answer's first `status` is not 0. Its words stand in `message`, in `data` or in both.
pub(crate) fn refusal(status: &str, words: &[&str], extras: Vec<(String, String)>) -> WriteFailure {
    let said = words.iter().copied().find(|words| !words.trim().is_empty()).unwrap_or_default();
    let by_code = established_class(status, said);
    let no = No { codes: &[], words, texts: &[&wangdiantong::BUSINESS], by_code };
    let (class, outcome) = match status {
        // 4 and 5 are database errors, 99 is "other": what was done before them, the provider does not say.
        "4" | "5" | "99" => (ErrorClass::Unavailable, WriteFailure::Unknown as fn(Error) -> WriteFailure),
        // The texts are those of 100. A status outside the table does not say whether anything was done before it.
        "1" | "2" | "3" | "6" | "7" | "8" | "100" => no.meaning(),
        _ => (no.meaning().0, WriteFailure::Unknown as _),
    };
    let mut error = failure(class, status, said, extras);
    if class == ErrorClass::RateLimited {
        error = error.retry_after(RATE_LIMIT_MILLISECONDS);
    }
    outcome(error)
}

/// What a status says that the gateway answers before it calls a method.
fn established_class(status: &str, words: &str) -> Option<ErrorClass> {
    match status {
        "1" if UNKNOWN_CALLER.iter().any(|text| words.contains(text)) => Some(ErrorClass::Unauthorized),
        // 2 says a bare field name, which is missing or unknown; 8 is the version.
        "1" | "2" | "8" => Some(ErrorClass::InvalidRequest),
        // 3 wants a one-time password, 7 is the clock.
        "3" | "7" => Some(ErrorClass::Unauthorized),
        "6" => Some(ErrorClass::Forbidden),
        _ => None,
    }
}

/// The second level said no: `data.status` is neither 0 nor 20. The first level said yes, so a document may exist.
pub(crate) fn second_level(status: &str, message: &str, extras: Vec<(String, String)>) -> WriteFailure {
    WriteFailure::Unknown(failure(ErrorClass::Rejected, status, message, extras))
}

fn failure(class: ErrorClass, status: &str, words: &str, extras: Vec<(String, String)>) -> Error {
    let mut error = Error::by_provider(class, status, words);
    error.extras = extras;
    error
}
