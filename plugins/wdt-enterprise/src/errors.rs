//! What the provider's refusals mean. The full table is not public: 2104 is the vendor's, the rest was read from clients and
//! from the pages of the flagship edition. A refusal without a source leaves a write unknown.

use stockbridge_connector::refusal::{Kind, No, Text, wangdiantong};
use stockbridge_connector::{Error, ErrorClass, WriteFailure};

/// How long to stay away from a limit of so many a minute …
const MINUTE: u64 = 60_000;
/// … and how long one client stays away after 频率超限.
const AFTER_TOO_OFTEN: u64 = 300_000;
const TOO_OFTEN: &str = "频率超限";

/// Texts by which the caller is not known, whatever the code: they belong to the gateway.
const UNKNOWN_CALLER: [Text; 4] = [
    caller("验证失败", "the flagship's table of errors; a client"),
    caller("app auth fail", "the flagship's table of errors; a client"),
    caller("sid is not exists", "the flagship's table of errors; a client"),
    caller("sid is not found", "the flagship's table of errors; a client"),
];

const fn caller(text: &'static str, source: &'static str) -> Text {
    Text { text, kind: Kind::Unauthorized, source }
}

/// Parts of texts that one client reads as a failed authentication. They tell the class, and not what became of a write.
const SIGNATURE: [&str; 5] = ["签名", "sid is not", "sign error", "invalid sign", "时间戳"];

/// The provider said no: the answer's `code` is not 0. Its words stand in `message`, in `data` or in both.
pub(crate) fn refusal(code: &str, words: &[&str], extras: Vec<(String, String)>) -> WriteFailure {
    let said = words.iter().copied().find(|words| !words.trim().is_empty()).unwrap_or_default();
    let by_code = established_class(code, said);
    let no = No { codes: &[], words, texts: &[&wangdiantong::BUSINESS, &UNKNOWN_CALLER], by_code };
    let (class, outcome) = match no.meaning() {
        (ErrorClass::Rejected, outcome) => (supposed_class(code, said), outcome),
        meaning => meaning,
    };
    let mut error = Error::by_provider(class, code, said);
    error.extras = extras;
    if class == ErrorClass::RateLimited {
        error = error.retry_after(if said.contains(TOO_OFTEN) { AFTER_TOO_OFTEN } else { MINUTE });
    }
    outcome(error)
}

/// What a code says that belongs to a step before the method: those that the flagship edition has too, and 2104, the time
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

/// What clients take a code, or a part of a text, for where the words establish nothing.
fn supposed_class(code: &str, words: &str) -> ErrorClass {
    match code {
        "1012" => ErrorClass::RateLimited,
        "2030" | "2060" | "2100" => ErrorClass::Unauthorized,
        "7200" | "7201" => ErrorClass::NotFound,
        _ if SIGNATURE.iter().any(|part| words.contains(part)) => ErrorClass::Unauthorized,
        _ => ErrorClass::Rejected,
    }
}
