//! TOP's gateway: the public parameters, the request, and the two levels of its answer, the platform's and the service's.

use stockbridge_connector::{
    Effect, Encoding, Error, Host, Part, Refused, Request, Secret, WriteFailure, form, json,
    object::{Fields, Object, beside},
    reader::{ReadError, Reader},
};

use crate::errors;
use crate::signing::{self, SignMethod};
use crate::spi_result::SpiResult;

/// TOP's production gateway.
pub(crate) const URL: &str = "https://eco.taobao.com/router/rest";

/// Credentials of the caller.
pub(crate) struct Account {
    url: String,
    app_key: String,
    sign_method: SignMethod,
    secret: Secret,
    session: Option<Secret>,
}

impl Account {
    /// # Errors
    /// A setting or secret is missing or invalid.
    pub(crate) fn of(host: &impl Host) -> Result<Account, Refused> {
        let name = host.setting("sign_method");
        let sign_method = name.as_deref().map_or(Ok(SignMethod::HmacSha256), |name| {
            SignMethod::named(name).ok_or_else(|| {
                Refused::wrong_setting("sign_method", format!("`{name}` is none of md5, hmac, hmac-sha256"))
            })
        })?;
        Ok(Account {
            url: host.setting("url").unwrap_or_else(|| URL.to_owned()),
            app_key: host.required_setting("app_key")?,
            sign_method,
            secret: host.required_secret("secret")?,
            session: host.optional_secret("session")?,
        })
    }
}

/// Sends the request that carries a write, with TOP's key for it, and reads the answer.
///
/// Returns the provider's other data of a success.
pub(crate) fn write(
    host: &impl Host,
    method: &str,
    business: (&str, &str),
    key: &str,
) -> Result<Vec<(String, String)>, WriteFailure> {
    let account = Account::of(host)?;
    let timestamp = host.beijing_time()?;
    let plain = [
        ("method", method),
        ("app_key", &account.app_key),
        ("timestamp", &timestamp),
        ("format", "json"),
        ("v", "2.0"),
        ("sign_method", account.sign_method.name()),
        business,
    ];
    let mut signed: Vec<_> = plain.iter().map(|(name, value)| (*name, Part::text(value))).collect();
    signed.extend(account.session.map(|session| ("session", Part::Secret(session, Encoding::Plain))));
    let sign = signing::sign(host, account.sign_method, account.secret, &signed)?;

    let mut open = form::encoded(plain.into_iter().chain([("sign", sign.as_str())]));
    // The host inserts the session itself: the connector never reads it.
    let session = account.session.map(|session| {
        open.push_str("&session=");
        Part::Secret(session, Encoding::Form)
    });
    let body: Vec<_> = [Part::text(&open)].into_iter().chain(session).collect();
    let response = host.send(&Request {
        method: "POST",
        url: &account.url,
        query: &[],
        headers: &[("content-type", "application/x-www-form-urlencoded;charset=UTF-8")],
        body: &body,
        effect: Effect::Write(Some(key)),
        capture: &[],
    })?;
    if response.status != 200 {
        return Err(WriteFailure::Unknown(Error::http_status(&response)));
    }
    read(&json::text(response.body).map_err(WriteFailure::Unknown)?, method)
}

/// The answer's failure on one of its two levels, or the other data of a success.
fn read(answer: &str, method: &str) -> Result<Vec<(String, String)>, WriteFailure> {
    let malformed = |what: String| WriteFailure::Unknown(Error::malformed(what));
    let answer: Object<Answer<'_>> = json::read(answer).map_err(WriteFailure::Unknown)?;
    if let Some(error) = answer.fields.error_response {
        if answer.fields.response.is_some() || answer.fields.simplified.spi_result.is_some() {
            return Err(malformed("`error_response` occurs beside an answer of the service".to_owned()));
        }
        return Err(errors::platform(error, method));
    }
    let (service, mut extras) = match answer.fields.response {
        Some((root, response)) if root == root_of(method) => {
            let mut extras = answer.others;
            beside(&mut extras, &root, response.others);
            (response.fields, extras)
        }
        Some((root, _)) => return Err(malformed(format!("`{root}` answers another method"))),
        None => (answer.fields.simplified, answer.others),
    };
    let Some(result) = service.spi_result else {
        return Err(malformed("`spi_result` is missing".to_owned()));
    };
    match result.fields.success.flag("spi_result.success").map_err(WriteFailure::Unknown)? {
        Some(true) => {
            beside(&mut extras, "spi_result", result.fields.error_fields());
            beside(&mut extras, "spi_result", result.others);
            Ok(extras)
        }
        Some(false) => Err(errors::service(result, extras)),
        None => Err(malformed("`spi_result.success` is missing".to_owned())),
    }
}

/// The root of an answer: `taobao.a.b` is answered under `a_b_response`.
fn root_of(method: &str) -> String {
    let name = method.strip_prefix("taobao.").unwrap_or(method);
    name.replace('.', "_") + "_response"
}

/// An answer.
#[derive(Default)]
struct Answer<'a> {
    error_response: Option<Object<errors::ErrorResponse<'a>>>,
    response: Option<(String, Object<Service<'a>>)>,
    /// The format requested with `simplify` has no root. This connector never requests it, but reads it.
    simplified: Service<'a>,
}

impl<'a> Fields<'a> for Answer<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "error_response" => self.error_response = Some(value.read()?),
            root if root.ends_with("_response") => self.response = Some((root.to_owned(), value.read()?)),
            name => return self.simplified.read(name, value),
        }
        Ok(true)
    }
}

/// Answer of a method of 淘天仓储.
#[derive(Default)]
struct Service<'a> {
    spi_result: Option<Object<SpiResult<'a>>>,
}

impl<'a> Fields<'a> for Service<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "spi_result" => self.spi_result = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
