//! What the provider's refusals mean. The full table is not public: 2104 is the vendor's, the rest was read from
//! clients, and what nobody knows is a plain no, unless it tells of trouble at the provider.

use stockbridge_connector::{Error, ErrorClass, WriteFailure, in_trouble};

/// How long one client stays away after 频率超限.
const RATE_LIMIT_MILLISECONDS: u64 = 300_000;

/// Parts of texts, in the order in which they are looked for, before the code is looked at.
const TEXTS: [(&str, ErrorClass); 9] = [
    ("频率超限", ErrorClass::RateLimited),
    ("验证失败", ErrorClass::Unauthorized),
    ("签名", ErrorClass::Unauthorized),
    ("app auth fail", ErrorClass::Unauthorized),
    ("sid is not", ErrorClass::Unauthorized),
    ("sign error", ErrorClass::Unauthorized),
    ("invalid sign", ErrorClass::Unauthorized),
    // Inferred: so does the other edition say that the caller's clock is wrong, and that a warehouse or an item is unknown.
    ("时间戳", ErrorClass::Unauthorized),
    ("不存在", ErrorClass::NotFound),
];

/// Parts of texts that say that a document with this outside number was made before. They refuse this push, and say by that
/// that the write it stands for may have been carried out. The vendor's pages of other methods and editions publish them.
const USED_BEFORE: [&str; 2] = ["外部单号重复", "此外部单已使用"];

/// The provider said no: the answer's `code` is not 0.
pub(crate) fn refusal(code: &str, message: &str, extras: Vec<(String, String)>) -> WriteFailure {
    let (class, outcome) = meaning(code, message);
    let mut error = Error::by_provider(class, code, message);
    error.extras = extras;
    if class == ErrorClass::RateLimited {
        error = error.retry_after(RATE_LIMIT_MILLISECONDS);
    }
    outcome(error)
}

/// Whether the write may have been carried out.
type Outcome = fn(Error) -> WriteFailure;

fn meaning(code: &str, message: &str) -> (ErrorClass, Outcome) {
    if USED_BEFORE.iter().any(|text| message.contains(text)) {
        return (ErrorClass::Rejected, WriteFailure::Unknown);
    }
    if let Some(class) = explained(code, message) {
        return (class, WriteFailure::NotApplied);
    }
    // What was done before the trouble, the provider does not say, so this is the safe side.
    if in_trouble(message) {
        return (ErrorClass::Unavailable, WriteFailure::Unknown);
    }
    match code {
        // So one client reads them. They cover too much to explain a trouble that the text tells of.
        "1" | "100" => (ErrorClass::InvalidRequest, WriteFailure::NotApplied),
        _ => (ErrorClass::Rejected, WriteFailure::NotApplied),
    }
}

/// What a text or a code of one meaning says.
fn explained(code: &str, message: &str) -> Option<ErrorClass> {
    let text = TEXTS.iter().find(|(text, _)| message.contains(text)).map(|(_, class)| *class);
    text.or(match code {
        // start_time与end_time时间跨度不能超过最大范围 30天.
        "2104" => Some(ErrorClass::InvalidRequest),
        "2030" | "2060" | "2100" => Some(ErrorClass::Unauthorized),
        _ => None,
    })
}
