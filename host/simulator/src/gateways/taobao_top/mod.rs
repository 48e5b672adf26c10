//! Taobao Open Platform: one address, public and business parameters merged from query and form.

mod failure;
mod imbalance;
mod signature;

use std::fmt::Write as _;

use time::{Duration, OffsetDateTime};

use super::digest::md5_lower;
use super::form::Form;
use super::{Answer, FORM, Request, State, is_fresh};
use crate::china_time;
use crate::json::Json;

pub(crate) use failure::Failure;

use failure::Body;
use signature::SignMethod;

const APP_KEY: &str = "demo-key";
const SECRET: &str = "demo-secret";
const SESSION: &str = "demo-session";

const TOLERANCE: Duration = Duration::minutes(10);

const PUBLIC: [&str; 12] = [
    "method",
    "app_key",
    "session",
    "timestamp",
    "format",
    "v",
    "sign_method",
    "sign",
    "simplify",
    "partner_id",
    "target_app_key",
    "app_session",
];

pub(crate) fn answer(request: &Request, state: &State) -> Answer {
    let parameters = parameters(request);
    let result = parameters.as_ref().map_err(Clone::clone).and_then(|form| serve(request, form, state));
    let writing = Writing::of(parameters.as_ref().ok());
    writing.answer(&match result {
        Ok(result) => Body::spi_result(result, &request_id(request)),
        Err(failure) => failure.body(&request_id(request)),
    })
}

/// A failure in the requested format, even if the request is invalid otherwise.
pub(crate) fn failure_answer(failure: &Failure, request: &Request) -> Answer {
    Writing::of(parameters(request).as_ref().ok()).answer(&failure.body(&request_id(request)))
}

fn parameters(request: &Request) -> Result<Form, Failure> {
    let wrong = |_| Failure::platform(43);
    let query = Form::read(request.query.as_bytes()).map_err(wrong)?;
    let body = Form::read(&request.body).map_err(wrong)?;
    query.merge(body).map_err(wrong)
}

fn serve(request: &Request, form: &Form, state: &State) -> Result<Json, Failure> {
    if !request.posts(FORM) {
        return Err(Failure::platform(9));
    }
    let method = form.filled("method").ok_or_else(|| Failure::platform(21))?;
    if method != imbalance::METHOD {
        return Err(Failure::platform(22));
    }
    authenticate(form, state.clock.now())?;
    if let Some(unknown) = form.unknown(&[&PUBLIC, &[imbalance::PARAMETER]]) {
        return Err(Failure::argument(41, unknown));
    }
    imbalance::create(form, state)
}

fn authenticate(form: &Form, now: OffsetDateTime) -> Result<(), Failure> {
    let given = |name, missing| form.filled(name).ok_or_else(|| Failure::platform(missing));
    let expect = |is_right: bool, wrong| {
        if is_right { Ok(()) } else { Err(Failure::platform(wrong)) }
    };
    expect(given("app_key", 28)? == APP_KEY, 29)?;
    // Whether this method needs a session is not established: the strict reading reveals a client without one.
    expect(given("session", 26)? == SESSION, 27)?;
    expect(moment(given("timestamp", 30)?).is_some_and(|moment| is_fresh(moment, now, TOLERANCE)), 31)?;
    expect(given("v", 32)? == "2.0", 33)?;
    expect(matches!(form.filled("format"), None | Some("json" | "xml")), 23)?;
    let method = SignMethod::from_name(given("sign_method", 24)?).ok_or_else(|| Failure::platform(25))?;
    expect(method.expected(form, SECRET.as_bytes()) == given("sign", 24)?, 25)
}

/// A time in GMT+8, or epoch milliseconds as one of the vendor's SDKs sends.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let from_millis = |millis: i64| OffsetDateTime::from_unix_timestamp(millis / 1000).ok();
    china_time::parse(text).or_else(|| text.parse().ok().and_then(from_millis))
}

/// The platform's number for a request: derived from its bytes, so that a test is repeatable.
fn request_id(request: &Request) -> String {
    md5_lower(&[request.query.as_bytes(), &request.body].concat()).chars().take(12).collect()
}

/// Format of an answer.
enum Writing {
    Json,
    /// Without the root.
    SimpleJson,
    /// The platform's default.
    Xml,
}

impl Writing {
    fn of(form: Option<&Form>) -> Writing {
        let given = |name| form.and_then(|form| form.filled(name));
        match (given("format"), given("simplify")) {
            (Some("json"), Some("true")) => Writing::SimpleJson,
            (Some("json"), _) => Writing::Json,
            _ => Writing::Xml,
        }
    }

    fn answer(&self, body: &Body) -> Answer {
        match self {
            Writing::SimpleJson if !body.is_error => Answer::json(&body.members),
            Writing::Json | Writing::SimpleJson => Answer::json(&Json::object([(body.root, body.members.clone())])),
            Writing::Xml => {
                let mut text = "<?xml version=\"1.0\" encoding=\"utf-8\" ?>".to_owned();
                write_element(&mut text, body.root, &body.members);
                Answer::of("text/xml;charset=UTF-8", text)
            }
        }
    }
}

/// Members become elements. Writing to a String cannot fail.
fn write_element(xml: &mut String, name: &str, value: &Json) {
    let _ = write!(xml, "<{name}>");
    match value {
        Json::Object(members) => members.iter().for_each(|(name, value)| write_element(xml, name, value)),
        Json::Text(text) => {
            xml.push_str(&text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        }
        other => {
            let _ = write!(xml, "{other}");
        }
    }
    let _ = write!(xml, "</{name}>");
}
