//! TOP's errors: what each means for a program, and what it says about the write.
//!
//! The platform judges a request before it hands it to the service, so most of its codes prove that nothing was done.
//! What the service behind it did is proved by its own words alone.

use stockbridge_connector::{
    Error, ErrorClass, WriteFailure, in_trouble,
    json::{self, Scalar},
    object::{Fields, Object, beside},
    reader::{Reader, Unread},
};

use crate::gateway::SpiResult;

/// The platform's `error_response`. What is beside the code and its words, `sub_code`, `sub_msg` and `request_id`
/// among it, is kept as it came.
#[derive(Default)]
pub(crate) struct ErrorResponse<'a> {
    code: Option<Scalar<'a>>,
    msg: Scalar<'a>,
}

impl<'a> Fields<'a> for ErrorResponse<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, Unread> {
        match name {
            "code" => self.code = Some(value.read()?),
            "msg" => self.msg = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether the write may have been carried out.
type Outcome = fn(Error) -> WriteFailure;

const NOT_APPLIED: Outcome = WriteFailure::NotApplied;
const UNKNOWN: Outcome = WriteFailure::Unknown;

/// The platform's refusal of a call to `method`, or its report that the service failed.
pub(crate) fn platform(error: Object<ErrorResponse<'_>>, method: &str) -> WriteFailure {
    // An empty code is no code: whatever stands beside it, the platform did not say what it refused.
    let Some(code) = error.fields.code.filter(|code| !code.as_str().is_empty()) else {
        return WriteFailure::Unknown(Error::malformed("`error_response.code` is missing"));
    };
    let (code, extras) = (code.as_str(), error.others);
    let (sub_code, sub_msg) = (said(&extras, "sub_code"), said(&extras, "sub_msg"));
    let (class, outcome) = meaning(code, &sub_code);
    let mut failure = Error::by_provider(class, code, error.fields.msg.as_str());
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

/// The service's `success = false`, and what was said beside it. That is the provider's own word that it did not do it,
/// unless it tells of trouble: that may have come after the deed.
pub(crate) fn service(result: Object<SpiResult<'_>>, said: Vec<(String, String)>) -> WriteFailure {
    let code = result.fields.error_code.map(|code| text(code.0));
    let words = result.fields.error_message.map(|words| text(words.0));
    // What cannot be read may be words of trouble.
    let told = [result.fields.error_code, result.fields.error_message];
    let trouble = told.into_iter().flatten().any(|told| json::words(told.0).map_or(true, |words| in_trouble(&words)));
    let (mut failure, outcome) = match code.as_deref() {
        // The one code that the page publishes.
        Some("ERROR_OWNER_NOT_EXIST") => (Error::new(ErrorClass::NotFound, "").at("owner"), NOT_APPLIED),
        _ if trouble => (Error::new(ErrorClass::Unavailable, ""), UNKNOWN),
        _ => (Error::new(ErrorClass::Rejected, ""), NOT_APPLIED),
    };
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

/// TOP's table of codes. A service's failure has the code 15 in old lists and 50 on the method's page, so all but the
/// platform's own codes are decided by the sub-code.
fn meaning(code: &str, sub_code: &str) -> (ErrorClass, Outcome) {
    match code {
        "7" => (ErrorClass::RateLimited, NOT_APPLIED),
        // HTTP action, method, format and version are the connector's to get right.
        "9" | "21" | "23" | "32" | "33" | "34" => (ErrorClass::Internal, NOT_APPLIED),
        // TOP explains it by faults of any kind, so it proves nothing.
        "10" => (ErrorClass::Unavailable, UNKNOWN),
        "11" | "12" | "13" | "42" => (ErrorClass::Forbidden, NOT_APPLIED),
        "22" => (ErrorClass::Unsupported, NOT_APPLIED),
        // Signature, session, app key and timestamp.
        "24" | "25" | "26" | "27" | "28" | "29" | "30" | "31" => (ErrorClass::Unauthorized, NOT_APPLIED),
        "40" | "41" | "43" => (ErrorClass::InvalidRequest, NOT_APPLIED),
        _ => by_sub_code(sub_code),
    }
}

/// `isv.` is the caller's mistake. `isp.` is the service's, and so is what is not documented: it may have been done.
fn by_sub_code(sub_code: &str) -> (ErrorClass, Outcome) {
    let Some(mistake) = sub_code.strip_prefix("isv.") else {
        return (ErrorClass::Unavailable, UNKNOWN);
    };
    // The name of the parameter may follow: `isv.invalid-parameter:req_dto`.
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| mistake.starts_with(prefix));
    let class = if starts(&["missing-parameter", "invalid-parameter", "parameters-mismatch"]) {
        ErrorClass::InvalidRequest
    } else if starts(&["permission-", "invalid-permission"]) {
        ErrorClass::Forbidden
    } else if mistake.contains("-not-exist") {
        ErrorClass::NotFound
    } else {
        ErrorClass::Rejected
    };
    (class, NOT_APPLIED)
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
