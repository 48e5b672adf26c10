//! TOP's errors: what each means for a program, and what it says about the write.
//!
//! The platform judges a request before it hands it to the service, so most of its codes prove that nothing was done.
//! What the service behind it did is proved by its own words alone.

use stockbridge_connector::{
    Error, ErrorClass, WriteFailure,
    json::{self, Scalar},
    object::{Fields, Object, beside},
    reader::{ReadError, Reader},
    refusal::{Kind, No, Outcome, Text},
};

use crate::spi_result::SpiResult;

/// The platform's `error_response`. What is beside the code and its words, `sub_code`, `sub_msg` and `request_id`
/// among it, is kept as it came.
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

/// The texts of the platform's codes 40 and 41, and of the service's one published code.
const TEXTS: [Text; 5] = [
    Text { text: "Missing required arguments:*", kind: Kind::InvalidRequest, source: "TOP's table of codes" },
    Text { text: "Missing required arguments", kind: Kind::InvalidRequest, source: "TOP's table of codes" },
    Text { text: "Invalid arguments:*", kind: Kind::InvalidRequest, source: "TOP's table of codes" },
    Text { text: "Invalid arguments", kind: Kind::InvalidRequest, source: "TOP's table of codes" },
    Text { text: "货主不存在", kind: Kind::NotFound, source: "the method's page" },
];

/// Beginnings of sub-codes by which TOP itself finds fault with a call. The others of `isv.` are of the service behind it.
const OF_THE_PLATFORM: [(&str, ErrorClass); 6] = [
    // The method's page prints it.
    ("isv.invalid-parameter", ErrorClass::InvalidRequest),
    // TOP's list of sub-codes: what it checks by the method's description.
    ("isv.missing-parameter", ErrorClass::InvalidRequest),
    ("isv.parameters-mismatch", ErrorClass::InvalidRequest),
    ("isv.permission-", ErrorClass::Forbidden),
    ("isv.invalid-permission", ErrorClass::Forbidden),
    // The vendor's pages of the authorisation.
    ("isv.w2-security-authorize-invalid", ErrorClass::Unauthorized),
];

/// The service's published code: the owner is not known.
const OWNER: &str = "ERROR_OWNER_NOT_EXIST";

/// The platform's refusal of a call to `method`, or its report that the service failed.
pub(crate) fn platform(error: Object<ErrorResponse<'_>>, method: &str) -> WriteFailure {
    // An empty code is no code: whatever stands beside it, the platform did not say what it refused.
    let Some(code) = error.fields.code.filter(|code| !code.as_str().is_empty()) else {
        return WriteFailure::Unknown(Error::malformed("`error_response.code` is missing"));
    };
    let (code, extras) = (code.as_str(), error.others);
    let (sub_code, sub_msg) = (said(&extras, "sub_code"), said(&extras, "sub_msg"));
    let msg = error.fields.msg.as_str();
    // `Remote service error` is what TOP says above every refusal of a service.
    let words = [sub_msg.as_str(), if sub_code.is_empty() { msg } else { "" }];
    let no = No { codes: &[&sub_code], words: &words, texts: &[&TEXTS], by_code: established_class(code, &sub_code) };
    let (class, outcome) = meaning(no, code, &sub_code);
    let mut failure = Error::by_provider(class, code, msg);
    let mut extras = extras;
    // What the service says, where it says something: `msg` is the same for all of its refusals.
    if !sub_msg.trim().is_empty() {
        failure.provider_message = Some(sub_msg.clone());
        beside(&mut extras, "error_response", [("msg".to_owned(), json::quoted(msg))]);
    }
    if !sub_code.is_empty() {
        failure.message = format!("{} ({sub_code}: {sub_msg})", failure.message);
    }
    if class == ErrorClass::RateLimited {
        failure.retry_after = ban(&sub_msg);
        // `…-api-access-count` counts one method; `…-app-access-count` and `…-dynamic-access-count` the application.
        failure.limited_method = sub_code.ends_with("api-access-count").then(|| method.to_owned());
    }
    failure.extras = extras;
    outcome(failure)
}

/// The service's `success = false`, and what was said beside it. It proves that nothing was done only by words that are
/// known for a refusal.
pub(crate) fn service(result: Object<SpiResult<'_>>, said: Vec<(String, String)>) -> WriteFailure {
    let code = result.fields.error_code.map(|code| text(code.0));
    let words = result.fields.error_message.map(|words| text(words.0));
    // What cannot be read may be words of trouble.
    let told = [result.fields.error_code, result.fields.error_message];
    let is_unread = told.into_iter().flatten().any(|told| json::words(told.0).is_err());
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
    failure.extras = said;
    beside(&mut failure.extras, "spi_result", result.others);
    outcome(failure)
}

/// What a refusal means, by its words first.
fn meaning(no: No<'_>, code: &str, sub_code: &str) -> (ErrorClass, Outcome) {
    let is_limit = sub_code.starts_with("isp.call-limited");
    match no.meaning() {
        // The words of a limit are the platform's, too; whether the service had been reached, its codes say alone.
        (_, outcome) if is_limit && no.by_code.is_some() => (ErrorClass::RateLimited, outcome),
        _ if is_limit => (ErrorClass::RateLimited, WriteFailure::Unknown),
        // TOP explains 10 by faults of any kind, and `isp.` by those of the service.
        (ErrorClass::Rejected, outcome) if matches!(code, "40" | "41") => (ErrorClass::InvalidRequest, outcome),
        (ErrorClass::Rejected, outcome) if code == "10" || !sub_code.starts_with("isv.") => {
            (ErrorClass::Unavailable, outcome)
        }
        (ErrorClass::Rejected, outcome) if sub_code.contains("-not-exist") => (ErrorClass::NotFound, outcome),
        meaning => meaning,
    }
}

/// What TOP's table of codes says of a call that did not come to the service. A service's failure has the code 15 in old lists
/// and 50 on the method's page, so all but the platform's own codes are decided by the sub-code.
fn established_class(code: &str, sub_code: &str) -> Option<ErrorClass> {
    let class = match code {
        // Of a user, a session, a partner, an application and a frequency.
        "4" | "5" | "6" | "7" | "8" => ErrorClass::RateLimited,
        // HTTP action, method, format and version are the connector's to get right; so is an upload.
        "3" | "9" | "21" | "23" | "32" | "33" | "34" => ErrorClass::Internal,
        "11" | "12" | "13" | "42" => ErrorClass::Forbidden,
        // The authorisation is over.
        "53" if sub_code.starts_with("isv.w2-security-authorize-invalid") => ErrorClass::Unauthorized,
        "53" => ErrorClass::Forbidden,
        "22" => ErrorClass::Unsupported,
        // Signature, session, app key and timestamp.
        "24" | "25" | "26" | "27" | "28" | "29" | "30" | "31" => ErrorClass::Unauthorized,
        "43" => ErrorClass::InvalidRequest,
        // Of any code: it is TOP that says so.
        _ => return OF_THE_PLATFORM.iter().find(|(name, _)| sub_code.starts_with(name)).map(|(_, class)| *class),
    };
    Some(class)
}

/// The milliseconds to wait where TOP says `This ban will last for N more seconds`: those, and the one that has begun.
fn ban(words: &str) -> Option<u64> {
    let (_, rest) = words.split_once("will last for ")?;
    let (seconds, _) = rest.split_once(" more second")?;
    seconds.parse::<u64>().ok()?.checked_add(1)?.checked_mul(1000)
}

/// The text of a member that is kept as it came, empty where there is none.
fn said(members: &[(String, String)], name: &str) -> String {
    let member = members.iter().find(|(given, _)| given == name);
    member.map(|(_, json)| text(json)).unwrap_or_default()
}

/// The text of a JSON string or number; of anything else, the JSON.
fn text(json: &str) -> String {
    json::words(json).unwrap_or_else(|_| json.to_owned())
}
