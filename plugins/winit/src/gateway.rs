//! Winit's gateway: the envelope, the request, and the code at the start of every answer.

use serde::Serialize;
use serde_json::value::RawValue;
use stockbridge_connector::{
    Effect, Error, Host, Refused, Request, WriteFailure, json,
    json::Scalar,
    object::{Fields, Object},
    reader::{Raw, ReadError, Reader},
};

use crate::signing::{Signed, sign};
use crate::{canonical, errors};

/// Winit's production gateway.
pub(crate) const URL: &str = "https://openapi.winit.com.cn/openapi/service";
/// The caller in the page's examples. Not a default for everybody: an application has a Code of its own.
const PLATFORM: &str = "OWNERERP";
/// The language of the page's examples.
pub(crate) const LANGUAGE: &str = "zh_CN";

/// A request as sent. `data` is the exact text that was signed.
#[derive(Serialize)]
struct Envelope<'a> {
    action: &'a str,
    app_key: &'a str,
    /// Absent, with `client_sign`, for accounts with only a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_sign: Option<&'a str>,
    data: &'a RawValue,
    format: &'a str,
    language: &'a str,
    platform: &'a str,
    sign: &'a str,
    sign_method: &'a str,
    timestamp: &'a str,
    version: &'a str,
}

/// Sends a request whose `data` is the canonical text of this value, and returns the answer's text.
pub(crate) fn send(
    host: &impl Host,
    action: &str,
    data: &impl Serialize,
    effect: Effect<'_>,
) -> Result<String, WriteFailure> {
    let or = |name: &str, default: &str| host.setting(name).unwrap_or_else(|| default.to_owned());
    let (url, language) = (or("url", URL), or("language", LANGUAGE));
    let platform = platform(host)?;
    let app_key = host.required_setting("app_key")?;
    let timestamp = host.beijing_time()?;
    let data = RawValue::from_string(canonical::text(data)?).map_err(|error| Refused::internal(error.to_string()))?;
    let signed = Signed {
        action,
        app_key: &app_key,
        data: data.get(),
        format: "json",
        platform: &platform,
        sign_method: "md5",
        timestamp: &timestamp,
        version: "1.0",
    };
    let token = sign(host, host.required_secret("token")?, &signed)?;
    let client_id = host.setting("client_id");
    let client_sign = match client_id {
        Some(_) => Some(sign(host, host.required_secret("client_secret")?, &signed)?),
        None => None,
    };
    let body = json::write(&Envelope {
        action,
        app_key: &app_key,
        client_id: client_id.as_deref(),
        client_sign: client_sign.as_deref(),
        data: &data,
        format: signed.format,
        language: &language,
        platform: &platform,
        sign: &token,
        sign_method: signed.sign_method,
        timestamp: &timestamp,
        version: signed.version,
    })?;
    let response = host.send(&Request {
        method: "POST",
        url: &url,
        query: &[],
        headers: &[("content-type", "application/json;charset=UTF-8")],
        body: &[stockbridge_connector::Part::text(&body)],
        effect,
        capture: &[],
    })?;
    match response.status {
        200 => json::text(response.body).map_err(WriteFailure::Unknown),
        _ => Err(WriteFailure::Unknown(Error::http_status(&response))),
    }
}

/// The application's Code, which is signed. Without an application, the one in the page's examples.
pub(crate) fn platform(host: &impl Host) -> Result<String, Refused> {
    match (host.setting("platform"), host.setting("client_id")) {
        (Some(platform), _) => Ok(platform),
        (None, None) => Ok(PLATFORM.to_owned()),
        (None, Some(_)) => host.required_setting("platform"),
    }
}

/// An answer with the code 0.
pub(crate) struct Success<'a> {
    data: Option<Raw<'a>>,
    /// The members beside `code` and `data`.
    pub(crate) extras: Vec<(String, String)>,
}

/// Parses an answer up to its `data`.
pub(crate) fn read(answer: &str) -> Result<Success<'_>, WriteFailure> {
    let answer: Object<Answer<'_>> = json::read(answer).map_err(WriteFailure::Unknown)?;
    let Answer { code, msg, data } = answer.fields;
    let mut extras = answer.others;
    let mut keep = |name: &str, value: Option<Raw<'_>>| {
        extras.extend(value.map(|value| (name.to_owned(), value.0.to_owned())));
    };
    match code.as_str() {
        "0" => {
            keep("msg", msg);
            Ok(Success { data, extras })
        }
        _ if !code.refuses() => Err(WriteFailure::Unknown(Error::malformed("`code` is missing or not a code"))),
        code => {
            // Of any type in a refusal: `""`, `[]`, `{}` or a text.
            keep("data", data);
            Err(errors::failure(code, msg, data, extras))
        }
    }
}

impl<'a> Success<'a> {
    /// Its `data`, parsed as the method's.
    ///
    /// # Errors
    /// It is missing, or has another type than the method's answer.
    pub(crate) fn data<F: Fields<'a>>(&self) -> Result<Object<F>, Error> {
        let data = self.data.ok_or_else(|| Error::malformed("`data` is missing"))?;
        json::read(data.0)
    }
}

/// An answer.
#[derive(Default)]
struct Answer<'a> {
    /// `"0"` or `0`.
    code: Scalar<'a>,
    msg: Option<Raw<'a>>,
    data: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Answer<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "code" => self.code = value.read()?,
            "msg" => self.msg = value.read()?,
            "data" => self.data = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
