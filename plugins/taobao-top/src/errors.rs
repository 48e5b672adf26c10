//! TOP's errors: their classes, and their meaning for a write.
//!
//! The platform checks a request before it passes it to the service, so most of its codes prove that nothing was done. Only
//! the service's own messages prove what it did.

use stockbridge_connector::{
    Error, ErrorClass, WriteFailure,
    json::{self, Scalar},
    object::{Fields, Object, beside},
    reader::{ReadError, Reader},
    refusal::{Kind, No, Outcome, Text},
};

use crate::spi_result::SpiResult;

/// The platform's `error_response`. Its fields other than the code and its message, including `sub_code`, `sub_msg` and
/// `request_id`, are kept unchanged.
#[derive(Default)]
pub(crate) struct ErrorResponse<'a> {
    code: Option<Scalar<'a>>,
    msg: Scalar<'a>,
}

impl<'a> Fields<'a> for ErrorResponse<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "code" => self.code = Some(value.read()?),
            "msg" => self.msg = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Texts of the platform's codes 40 and 41, and of the service's only published code.
const TEXTS: [Text; 5] = [
    Text { text: "Missing required arguments:*", kind: Kind::InvalidRequest, source: "TOP's table of codes" },
    Text { text: "Missing required arguments", kind: Kind::InvalidRequest, source: "TOP's table of codes" },
    Text { text: "Invalid arguments:*", kind: Kind::InvalidRequest, source: "TOP's table of codes" },
    Text { text: "Invalid arguments", kind: Kind::InvalidRequest, source: "TOP's table of codes" },
    Text { text: "货主不存在", kind: Kind::NotFound, source: "the method's page" },
];

/// Prefixes of sub-codes with which TOP itself rejects a call. The others under `isv.` come from the service behind it.
const OF_THE_PLATFORM: [(&str, ErrorClass); 6] = [
    // The method's page documents it.
    ("isv.invalid-parameter", ErrorClass::InvalidRequest),
    // TOP's list of sub-codes: its checks against the method's description.
    ("isv.missing-parameter", ErrorClass::InvalidRequest),
    ("isv.parameters-mismatch", ErrorClass::InvalidRequest),
    ("isv.permission-", ErrorClass::Forbidden),
    ("isv.invalid-permission", ErrorClass::Forbidden),
    // The vendor's pages on authorisation.
    ("isv.w2-security-authorize-invalid", ErrorClass::Unauthorized),
];

/// The service's published code: unknown owner.
const OWNER: &str = "ERROR_OWNER_NOT_EXIST";

/// The platform's refusal of a call to `method`, or its report that the service failed.
pub(crate) fn platform(error: Object<ErrorResponse<'_>>, method: &str) -> WriteFailure {
    // An empty code counts as missing: the platform then did not say what it refused.
    let Some(code) = error.fields.code.filter(|code| !code.as_str().is_empty()) else {
        return WriteFailure::Unknown(Error::malformed("`error_response.code` is missing"));
    };
    let (code, extras) = (code.as_str(), error.others);
    let (sub_code, sub_msg) = (text_of(&extras, "sub_code"), text_of(&extras, "sub_msg"));
    let msg = error.fields.msg.as_str();
    // `Remote service error` is TOP's message for every refusal of a service.
    let words = [sub_msg.as_str(), if sub_code.is_empty() { msg } else { "" }];
    let no = No { codes: &[&sub_code], words: &words, texts: &[&TEXTS], by_code: established_class(code, &sub_code) };
    let (class, outcome) = meaning(no, code, &sub_code);
    let mut failure = Error::by_provider(class, code, msg);
    let mut extras = extras;
    // The service's message, if there is one: `msg` is the same for all of its refusals.
    if !sub_msg.trim().is_empty() {
        failure.provider_message = Some(sub_msg.clone());
        beside(&mut extras, "error_response", [("msg".to_owned(), json::quoted(msg))]);
    }
    if !sub_code.is_empty() {
        failure.message = format!("{} ({sub_code}: {sub_msg})", failure.message);
    }
    if class == ErrorClass::RateLimited {
        failure.retry_after = ban(&sub_msg);
        // `…-api-access-count` counts one method; `…-app-access-count` and `…-dynamic-access-count` count the application.
        failure.limited_method = sub_code.ends_with("api-access-count").then(|| method.to_owned());
    }
    failure.extras = extras;
    outcome(failure)
}

/// The service's `success = false`, with its other data. Only an established refusal text proves that nothing was done.
pub(crate) fn service(result: Object<SpiResult<'_>>, extras: Vec<(String, String)>) -> WriteFailure {
    let code = result.fields.error_code.map(|code| text(code.0));
    let words = result.fields.error_message.map(|words| text(words.0));
    // An unreadable message may be one about trouble.
    let raw_messages = [result.fields.error_code, result.fields.error_message];
    let is_unread = raw_messages.into_iter().flatten().any(|raw| json::words(raw.0).is_err());
    let is_owner = code.as_deref() == Some(OWNER);
    let no = No {
        codes: &[code.as_deref().unwrap_or_default()],
        words: &[words.as_deref().unwrap_or_default()],
        texts: &[&TEXTS],
        by_code: is_owner.then_some(ErrorClass::NotFound),
    };
    let (class, outcome) =
        if is_unread { (ErrorClass::Unavailable, WriteFailure::Unknown as Outcome) } else { no.meaning() };
    let mut failure = Error::new(class, "");
    if is_owner && class == ErrorClass::NotFound {
        failure = failure.at("owner");
    }
    failure.message = format!(
        "the service declined: {} {}",
        code.as_deref().unwrap_or("without a code"),
        words.as_deref().unwrap_or_default()
    );
    failure.provider_code = code;
    failure.provider_message = words;
    failure.extras = extras;
    beside(&mut failure.extras, "spi_result", result.others);
    outcome(failure)
}

/// Meaning of a refusal; its messages take precedence.
fn meaning(no: No<'_>, code: &str, sub_code: &str) -> (ErrorClass, Outcome) {
    let is_limit = sub_code.starts_with("isp.call-limited");
    match no.meaning() {
        // The platform uses the same texts for limits; only its codes say whether the service was reached.
        (_, outcome) if is_limit && no.by_code.is_some() => (ErrorClass::RateLimited, outcome),
        _ if is_limit => (ErrorClass::RateLimited, WriteFailure::Unknown),
        // TOP explains code 10 by faults of any kind, and `isp.` by those of the service.
        (ErrorClass::Rejected, outcome) if matches!(code, "40" | "41") => (ErrorClass::InvalidRequest, outcome),
        (ErrorClass::Rejected, outcome) if code == "10" || !sub_code.starts_with("isv.") => {
            (ErrorClass::Unavailable, outcome)
        }
        (ErrorClass::Rejected, outcome) if sub_code.contains("-not-exist") => (ErrorClass::NotFound, outcome),
        meaning => meaning,
    }
}

/// Classes in TOP's table of codes for a call that did not reach the service. A service's failure has the code 15 in old
/// lists and 50 on the method's page, so except for the platform's own codes the sub-code decides.
fn established_class(code: &str, sub_code: &str) -> Option<ErrorClass> {
    let class = match code {
        // Limits of a user, a session, a partner, an application and a frequency.
        "4" | "5" | "6" | "7" | "8" => ErrorClass::RateLimited,
        // HTTP action, method, format and version are the connector's responsibility; so is an upload.
        "3" | "9" | "21" | "23" | "32" | "33" | "34" => ErrorClass::Internal,
        "11" | "12" | "13" | "42" => ErrorClass::Forbidden,
        // The authorisation has expired.
        "53" if sub_code.starts_with("isv.w2-security-authorize-invalid") => ErrorClass::Unauthorized,
        "53" => ErrorClass::Forbidden,
        "22" => ErrorClass::Unsupported,
        // Signature, session, app key and timestamp.
        "24" | "25" | "26" | "27" | "28" | "29" | "30" | "31" => ErrorClass::Unauthorized,
        "43" => ErrorClass::InvalidRequest,
        // For any code: the sub-code is TOP's own.
        _ => return OF_THE_PLATFORM.iter().find(|(name, _)| sub_code.starts_with(name)).map(|(_, class)| *class),
    };
    Some(class)
}

/// The milliseconds to wait for TOP's `This ban will last for N more seconds`: those, and the second that has begun.
fn ban(words: &str) -> Option<u64> {
    let (_, rest) = words.split_once("will last for ")?;
    let (seconds, _) = rest.split_once(" more second")?;
    seconds.parse::<u64>().ok()?.checked_add(1)?.checked_mul(1000)
}

/// The text of a member that was kept unchanged, empty if missing.
fn text_of(members: &[(String, String)], name: &str) -> String {
    let member = members.iter().find(|(given, _)| given == name);
    member.map(|(_, json)| text(json)).unwrap_or_default()
}

/// The text of a JSON string or number; of any other value, its JSON.
fn text(json: &str) -> String {
    json::words(json).unwrap_or_else(|_| json.to_owned())
}
