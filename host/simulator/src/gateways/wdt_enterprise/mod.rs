//! 旺店通企业版: one PHP file for each method, common and business parameters in one flat form.

mod count;
mod detail_query;
mod failure;
mod signature;
mod transfer;
mod transfer_query;

use time::{Duration, OffsetDateTime};

use super::fields::Fields;
use super::form::Form;
use super::{Answer, FORM, Request, State, is_fresh};
use crate::json::Json;

pub use detail_query::IsAll;
pub(crate) use failure::Failure;
pub use signature::LengthUnit;

const SID: &str = "demo-sid";
const APP_KEY: &str = "demo-key";
const SECRET: &str = "demo-secret";

const COMMON: [&str; 4] = ["sid", "appkey", "timestamp", "sign"];
const TOLERANCE: Duration = Duration::minutes(5);

/// Handler of a method, for an authenticated caller.
type Method = fn(&Form, &State) -> Result<Json, Failure>;

/// A method's parameters beside the common ones, and its handler.
fn method(name: &str) -> Option<(&'static [&'static str], Method)> {
    match name {
        "stock_query_detail" => Some((&detail_query::PARAMETERS, detail_query::query)),
        "stock_sync_by_pd" => Some((&count::PARAMETERS, count::create)),
        "stock_transfer_query" => Some((&transfer_query::PARAMETERS, transfer_query::query)),
        "stock_transfer_push" => Some((&transfer::PARAMETERS, transfer::create)),
        _ => None,
    }
}

pub(crate) fn answer(request: &Request, state: &State) -> Answer {
    let Some((parameters, serve)) = method_of(&request.path).and_then(method) else {
        return no_such_file();
    };
    match call(request, state, parameters).and_then(|form| serve(&form, state)) {
        Ok(body) => Answer::json(&body),
        Err(failure) => failure.answer(),
    }
}

/// The method's name, taken from the file's.
pub(crate) fn method_of(path: &str) -> Option<&str> {
    path.strip_prefix("/openapi2/")?.strip_suffix(".php")
}

/// A method is a PHP file: a missing one never reaches the vendor's code.
fn no_such_file() -> Answer {
    Answer { status: 404, content_type: "text/html".to_owned(), body: b"<h1>404 Not Found</h1>".to_vec() }
}

fn call(request: &Request, state: &State, parameters: &[&str]) -> Result<Form, Failure> {
    if !request.posts(FORM) || !request.query.is_empty() {
        return Err(Failure::new(1_i64, "参数错误"));
    }
    let form = Form::read(&request.body).map_err(|error| Failure::new(1_i64, format!("参数错误: {error}")))?;
    authenticate(&form, state)?;
    match form.unknown(&[&COMMON, parameters]) {
        Some(unknown) => Err(Failure::wrong(unknown)),
        None => Ok(form),
    }
}

fn authenticate(form: &Form, state: &State) -> Result<(), Failure> {
    if let Some(missing) = COMMON.iter().find(|name| form.filled(name).is_none()) {
        return Err(Failure::missing(missing));
    }
    let given = |name| form.get(name).unwrap_or_default();
    if given("sid") != SID {
        return Err(Failure::new(2030_i64, "sid is not exists"));
    }
    if given("appkey") != APP_KEY {
        return Err(Failure::new(2060_i64, "app auth fail"));
    }
    let seconds: Option<i64> = given("timestamp").parse().ok();
    let moment = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    if !moment.is_some_and(|moment| is_fresh(moment, state.clock.now(), TOLERANCE)) {
        return Err(Failure::new(1_i64, "时间戳错误"));
    }
    if signature::expected(form, SECRET, state.enterprise_length) != given("sign") {
        return Err(Failure::new(2100_i64, "sign error"));
    }
    Ok(())
}

/// A parameter whose value is JSON.
fn json(form: &Form, name: &str) -> Result<Json, Failure> {
    let text = form.filled(name).ok_or_else(|| Failure::missing(name))?;
    Json::parse(text).map_err(|_| Failure::wrong(name))
}

/// The objects of a list in a parameter's JSON.
fn lines<'a>(json: &'a Json, name: &str) -> Result<Vec<Fields<'a>>, Failure> {
    let Json::Array(elements) = json else {
        return Err(Failure::wrong(name));
    };
    let element = |(index, json)| Fields::of(json, &format!("{name}[{index}]")).map_err(Failure::from);
    elements.iter().enumerate().map(element).collect()
}

/// A parameter that is 0 or 1, or left out.
fn flag(form: &Form, name: &str) -> Result<Option<bool>, Failure> {
    match form.filled(name) {
        None => Ok(None),
        Some("0") => Ok(Some(false)),
        Some("1") => Ok(Some(true)),
        Some(_) => Err(Failure::wrong(name)),
    }
}

/// A parameter of at most `limit` characters.
fn text<'a>(form: &'a Form, name: &str, limit: usize) -> Result<Option<&'a str>, Failure> {
    match form.filled(name) {
        Some(text) if text.chars().count() > limit => Err(Failure::wrong(name)),
        given => Ok(given),
    }
}
