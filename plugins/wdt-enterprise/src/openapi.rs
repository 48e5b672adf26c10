//! The gateway of all methods: one flat form of common and business parameters, and an answer with a `code`.

use stockbridge_connector::{
    Effect, Error, Host, Part, Request, WriteFailure, form,
    json::{self, Scalar},
    object::{Fields, Object},
    reader::{Raw, ReadError, Reader},
    refusal::words_of_data,
};

use crate::{errors, signing};

/// Sends one call of a method, and returns the answer's text. Empty business parameters are omitted: clients sign them in
/// different ways.
pub(crate) fn send(
    host: &impl Host,
    method: &str,
    effect: Effect<'_>,
    business: &[(&str, &str)],
) -> Result<String, WriteFailure> {
    let (sid, appkey) = (host.required_setting("sid")?, host.required_setting("appkey")?);
    let gateway = host.required_setting("url")?;
    let secret = host.required_secret("secret")?;
    let timestamp = host.now().div_euclid(1000).to_string();

    let mut parameters = Vec::with_capacity(business.len() + 4);
    parameters.extend([("sid", sid.as_str()), ("appkey", &appkey), ("timestamp", &timestamp)]);
    parameters.extend(business.iter().filter(|(_, value)| !value.is_empty()));
    let sign = signing::sign(host, secret, &parameters)?;
    parameters.push(("sign", &sign));

    let response = host.send(&Request {
        method: "POST",
        url: &[gateway.trim_end_matches('/'), "/", method, ".php"].concat(),
        query: &[],
        headers: &[("content-type", "application/x-www-form-urlencoded")],
        body: &[Part::text(&form::encoded(parameters))],
        effect,
        capture: &[],
    })?;
    match response.status {
        200 => json::text(response.body).map_err(WriteFailure::Unknown),
        _ => Err(WriteFailure::Unknown(Error::http_status(&response))),
    }
}

/// Parses an answer whose `code` is 0: the method's own fields, and all others as extras.
pub(crate) fn read<'a, F: Fields<'a>>(answer: &'a str) -> Result<(F, Vec<(String, String)>), WriteFailure> {
    match json::read::<Object<Envelope<'a, F>>>(answer) {
        Ok(envelope) if envelope.fields.code.as_str() == "0" => Ok((envelope.fields.answer, envelope.others)),
        Ok(_) => Err(refusal(answer, None)),
        // The other fields of a refusal have no documented type: they may be why parsing failed.
        Err(error) => Err(refusal(answer, Some(error))),
    }
}

/// Parses the answer of a push, of which only `code` and `message` are established: all of it becomes extras.
pub(crate) fn pushed(answer: &str) -> Result<Vec<(String, String)>, WriteFailure> {
    read::<()>(answer).map(|((), extras)| extras)
}

fn refusal(answer: &str, parse_error: Option<Error>) -> WriteFailure {
    match json::read::<Object<Refusal<'_>>>(answer) {
        Ok(Object { fields, others }) if fields.code.refuses() => {
            let of_data = fields.data.map(|data| words_of_data(data.0)).unwrap_or_default();
            let words: Vec<&str> = [&*fields.message.0].into_iter().chain(of_data.iter().map(String::as_str)).collect();
            let data = fields.data.map(|data| ("data".to_owned(), data.0.to_owned()));
            errors::refusal(&fields.code.0, &words, others.into_iter().chain(data).collect())
        }
        _ => WriteFailure::Unknown(parse_error.unwrap_or_else(|| Error::malformed("`code` is missing or not a code"))),
    }
}

/// 公共响应参数, and the method's own parameters.
#[derive(Default)]
struct Envelope<'a, F> {
    /// 错误码: a number or its digits as text; 0 is success.
    code: Scalar<'a>,
    answer: F,
}

impl<'a, F: Fields<'a>> Fields<'a> for Envelope<'a, F> {
    const REQUIRED: &'static [&'static str] = F::REQUIRED;
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "code" => self.code = value.read()?,
            _ => return self.answer.read(name, value),
        }
        Ok(true)
    }
}

/// The same parameters of a refusal.
#[derive(Default)]
struct Refusal<'a> {
    /// 错误码.
    code: Scalar<'a>,
    /// 错误描述.
    message: Scalar<'a>,
    /// Holds the reason if `message` does not.
    data: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Refusal<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "code" => self.code = value.read()?,
            "message" => self.message = value.read()?,
            "data" => self.data = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
