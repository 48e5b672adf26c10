//! The gateway of all methods: the common parameters, the array of positional arguments, and the answer's `status` and
//! `data`.

use serde::Serialize;
use stockbridge_connector::{
    Effect, Error, Host, Part, Progress, Request, WriteFailure, form,
    json::{self, Scalar},
    object::{Fields, Object, beside},
    reader::{Raw, Read, ReadError, Reader},
    refusal::words_of_data,
};

use crate::{errors, signing};

/// Seconds from the Unix epoch to 2012-01-01 00:00:00 in Asia/Shanghai, the epoch of this gateway.
const EPOCH: i64 = 1_325_347_200;

/// Paging of a query: part of the common parameters, never of the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    pub(crate) page_size: u32,
    /// From 0.
    pub(crate) page_no: u32,
    /// Whether the provider counts all rows.
    pub(crate) calc_total: bool,
}

/// Sends one call of a method with its positional arguments, and returns the answer's text.
pub(crate) fn send<A: Serialize>(
    host: &impl Host,
    method: &str,
    paging: Option<Paging>,
    effect: Effect<'_>,
    arguments: &A,
) -> Result<String, WriteFailure> {
    let (sid, key) = (host.required_setting("sid")?, host.required_setting("key")?);
    let (salt, url) = (host.required_setting("salt")?, host.required_setting("url")?);
    let secret = host.required_secret("secret")?;
    let body = json::write(arguments)?;
    let timestamp = (host.now().div_euclid(1000) - EPOCH).to_string();
    let pages = paging.map(|paging| (paging.page_size.to_string(), paging.page_no.to_string(), paging.calc_total));

    let mut parameters = vec![
        ("sid", sid.as_str()),
        ("key", &key),
        ("salt", &salt),
        ("method", method),
        ("v", "1.0"),
        ("timestamp", &timestamp),
    ];
    if let Some((page_size, page_no, calc_total)) = &pages {
        parameters.push(("page_size", page_size));
        parameters.push(("page_no", page_no));
        parameters.push(("calc_total", if *calc_total { "1" } else { "0" }));
    }
    parameters.push(("body", &body));
    let sign = signing::sign(host, secret, &parameters)?;
    parameters.pop();
    parameters.push(("sign", &sign));

    let response = host.send(&Request {
        method: "POST",
        url: &url,
        query: &[Part::text(&form::encoded(parameters))],
        headers: &[("content-type", "application/json")],
        body: &[Part::text(&body)],
        effect,
        capture: &[],
    })?;
    match response.status {
        200 => json::text(response.body).map_err(WriteFailure::Unknown),
        _ => Err(WriteFailure::Unknown(Error::http_status(&response))),
    }
}

/// An answer whose `status` is 0.
#[derive(Debug)]
pub(crate) struct Answer<D> {
    pub(crate) data: Option<D>,
    /// The members beside `status` and `data`.
    pub(crate) extras: Vec<(String, String)>,
}

impl<D> Answer<D> {
    /// The answer's data, for methods that document it.
    pub(crate) fn into_data(self) -> Result<(D, Vec<(String, String)>), WriteFailure> {
        match self.data {
            Some(data) => Ok((data, self.extras)),
            None => Err(WriteFailure::Unknown(Error::malformed("`data` is missing"))),
        }
    }
}

/// Parses an answer: the first of its two levels; [`progress`] is the second.
pub(crate) fn read<'a, D: Read<'a>>(answer: &'a str) -> Result<Answer<D>, WriteFailure> {
    match json::read::<Object<Envelope<'a, D>>>(answer) {
        Ok(envelope) if envelope.fields.status.as_str() == "0" => {
            Ok(Answer { data: envelope.fields.data, extras: envelope.others })
        }
        Ok(_) => Err(refusal(answer, None)),
        // A refusal's `data` has no documented type: it may be why parsing failed.
        Err(error) => Err(refusal(answer, Some(error))),
    }
}

/// `data.status` of a document that was created, but whose audit, or the push to the warehouse after it, failed.
const MADE_AND_STUCK: &str = "20";

/// The second level of a write's answer: `data` can have a `status` of its own; 20 means that the document was created, and
/// its audit or the push to the warehouse after it failed. `taken` is the progress of a full success, `extras` the members
/// beside `data`.
pub(crate) fn progress(
    data: &[(String, String)],
    full_progress: Progress,
    extras: &[(String, String)],
) -> Result<Progress, WriteFailure> {
    let member = |name| data.iter().find(|(given, _)| given == name).map(|(_, json)| json::read::<Scalar<'_>>(json));
    // An unreadable status is not a success.
    let status = member("status").transpose().map_err(WriteFailure::Unknown)?.unwrap_or_default();
    match status.as_str() {
        "" | "0" => Ok(full_progress),
        MADE_AND_STUCK => Ok(Progress::Stuck),
        status => {
            let message = member("message").and_then(Result::ok).unwrap_or_default();
            let mut extras = extras.to_vec();
            beside(&mut extras, "data", data.to_vec());
            Err(errors::second_level(status, message.as_str(), extras))
        }
    }
}

fn refusal(answer: &str, parse_error: Option<Error>) -> WriteFailure {
    match json::read::<Object<Refusal<'_>>>(answer) {
        Ok(Object { fields, others }) if fields.status.refuses() => {
            let of_data = fields.data.map(|data| words_of_data(data.0)).unwrap_or_default();
            let words: Vec<&str> = [&*fields.message.0].into_iter().chain(of_data.iter().map(String::as_str)).collect();
            let data = fields.data.map(|data| ("data".to_owned(), data.0.to_owned()));
            errors::refusal(&fields.status.0, &words, others.into_iter().chain(data).collect())
        }
        _ => WriteFailure::Unknown(
            parse_error.unwrap_or_else(|| Error::malformed("`status` is missing or not a status")),
        ),
    }
}

/// 响应参数 of every method.
struct Envelope<'a, D> {
    /// 状态码: 0 is success.
    status: Scalar<'a>,
    /// 结果信息.
    data: Option<D>,
}

impl<D> Default for Envelope<'_, D> {
    fn default() -> Self {
        Envelope { status: Scalar::default(), data: None }
    }
}

impl<'a, D: Read<'a>> Fields<'a> for Envelope<'a, D> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "status" => self.status = value.read()?,
            "data" => self.data = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The same parameters of a refusal.
#[derive(Default)]
struct Refusal<'a> {
    /// 状态码.
    status: Scalar<'a>,
    /// 错误信息.
    message: Scalar<'a>,
    /// Holds the reason if `message` does not; or has no documented type at all.
    data: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Refusal<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "status" => self.status = value.read()?,
            "message" => self.message = value.read()?,
            "data" => self.data = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
