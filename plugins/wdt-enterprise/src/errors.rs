//! Meaning of the provider's refusals. The full table is not public: 2104 is the vendor's, the rest comes from clients and
//! from the pages of the flagship edition. A refusal without a source leaves a write unknown.

use stockbridge_connector::refusal::{Kind, No, Text, wangdiantong};
use stockbridge_connector::{Error, ErrorClass, WriteFailure};

/// Wait after a limit per minute …
const MINUTE: u64 = 60_000;
/// … and one client's wait after 频率超限.
const AFTER_TOO_OFTEN: u64 = 300_000;
const TOO_OFTEN: &str = "频率超限";

/// Texts that reject the caller, whatever the code: they come from the gateway.
const UNKNOWN_CALLER: [Text; 4] = [
    caller("验证失败", "the flagship's table of errors; a client"),
    caller("app auth fail", "the flagship's table of errors; a client"),
    caller("sid is not exists", "the flagship's table of errors; a client"),
    caller("sid is not found", "the flagship's table of errors; a client"),
];

const fn caller(text: &'static str, source: &'static str) -> Text {
    Text { text, kind: Kind::Unauthorized, source }
}

/// Parts of texts that one client reads as a failed authentication. They give the class, and no outcome of a write.
const SIGNATURE: [&str; 5] = ["签名", "sid is not", "sign error", "invalid sign", "时间戳"];

/// A refusal by the provider: the answer's `code` is not 0. Its messages are in `message`, in `data` or in both.
pub(crate) fn refusal(code: &str, words: &[&str], extras: Vec<(String, String)>) -> WriteFailure {
    let reason = words.iter().copied().find(|words| !words.trim().is_empty()).unwrap_or_default();
    let by_code = established_class(code, reason);
    let no = No { codes: &[], words, texts: &[&wangdiantong::BUSINESS, &UNKNOWN_CALLER], by_code };
    let (class, outcome) = match no.meaning() {
        (ErrorClass::Rejected, outcome) => (supposed_class(code, reason), outcome),
        meaning => meaning,
    };
    let mut error = Error::by_provider(class, code, reason);
    error.extras = extras;
    if class == ErrorClass::RateLimited {
        error = error.retry_after(if reason.contains(TOO_OFTEN) { AFTER_TOO_OFTEN } else { MINUTE });
    }
    outcome(error)
}

/// Class of a code that belongs to a step before the method: those shared with the flagship edition, and 2104, the time
/// span of a query.
fn established_class(code: &str, words: &str) -> Option<ErrorClass> {
    match code {
        "1" if SIGNATURE.iter().any(|part| words.contains(part)) => Some(ErrorClass::Unauthorized),
        "1" | "2" | "8" | "2104" => Some(ErrorClass::InvalidRequest),
        "3" | "7" => Some(ErrorClass::Unauthorized),
        "6" => Some(ErrorClass::Forbidden),
        _ => None,
    }
}

/// Class by which clients read a code, or a part of a text, where the messages establish nothing.
fn supposed_class(code: &str, words: &str) -> ErrorClass {
    match code {
        "1012" => ErrorClass::RateLimited,
        "2030" | "2060" | "2100" => ErrorClass::Unauthorized,
        "7200" | "7201" => ErrorClass::NotFound,
        _ if SIGNATURE.iter().any(|part| words.contains(part)) => ErrorClass::Unauthorized,
        _ => ErrorClass::Rejected,
    }
}
