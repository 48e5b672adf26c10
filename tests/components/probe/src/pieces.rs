//! Requests and texts to digest, in a test's JSON, and their conversion into the contract's types.

use std::collections::BTreeMap;

use serde::Deserialize;
use stockbridge_connector::bindings::stockbridge::connector::{http, secrets};
use stockbridge_connector::{Algorithm, Capture, Effect, Encoding, Error};

use crate::wrong;

/// A text, or a secret by its name: `"a"`, `{"secret": "bearer", "as": "base64"}`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Piece {
    Text(String),
    Secret {
        secret: String,
        #[serde(default, rename = "as")]
        encoding: Option<String>,
    },
}

impl Piece {
    pub(crate) fn secret(&self) -> Option<&str> {
        match self {
            Piece::Text(_) => None,
            Piece::Secret { secret, .. } => Some(secret),
        }
    }
}

/// Input of a digest: `{"algorithm": "md5", "key": "signing", "parts": ["abc"]}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Digested {
    #[serde(default)]
    pub(crate) algorithm: String,
    #[serde(default)]
    pub(crate) key: String,
    pub(crate) parts: Vec<Piece>,
}

/// A request. By default it is a `GET` of the setting `url` that only reads.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Requested {
    pub(crate) method: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) query: Vec<Piece>,
    pub(crate) headers: Vec<(String, Vec<Piece>)>,
    pub(crate) body: Vec<Piece>,
    pub(crate) timeout: Option<u64>,
    pub(crate) write: bool,
    pub(crate) capture: Vec<Captured>,
}

/// A value that the host is to capture from the answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Captured {
    pub(crate) name: String,
    pub(crate) pointer: String,
    #[serde(default)]
    pub(crate) lifetime: Option<String>,
}

impl Requested {
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter().flat_map(|(_, value)| value);
        self.query.iter().chain(headers).chain(&self.body).filter_map(Piece::secret)
    }

    /// Sends it through the contract's own import, which accepts more than the SDK's requests do.
    pub(crate) fn send(&self, url: &str, held: &Held) -> Result<Result<http::Response, http::HttpError>, Error> {
        let (query, body) = (held.parts(&self.query)?, held.parts(&self.body)?);
        let values = self.headers.iter().map(|(_, value)| held.parts(value)).collect::<Result<Vec<_>, _>>()?;
        let headers: Vec<_> =
            self.headers.iter().zip(&values).map(|((name, _), value)| (name.as_str(), value.as_slice())).collect();
        let capture: Vec<_> = self
            .capture
            .iter()
            .map(|captured| Capture {
                name: &captured.name,
                pointer: &captured.pointer,
                lifetime: captured.lifetime.as_deref(),
            })
            .collect();
        Ok(http::send(http::Request {
            method: self.method.as_deref().unwrap_or(if body.is_empty() { "GET" } else { "POST" }),
            url: self.url.as_deref().unwrap_or(url),
            query: &query,
            headers: &headers,
            body: &body,
            timeout: self.timeout,
            effect: if self.write { Effect::Write(None) } else { Effect::Read },
            capture: &capture,
        }))
    }
}

/// Secrets held in the call, by name; a derived one under the name of the step that made it.
#[derive(Default)]
pub(crate) struct Held(pub(crate) BTreeMap<String, secrets::Secret>);

impl Held {
    pub(crate) fn secret(&self, name: &str) -> Result<&secrets::Secret, Error> {
        self.0.get(name).ok_or_else(|| wrong(format!("the call holds no secret `{name}`")))
    }

    pub(crate) fn parts<'a>(&'a self, pieces: &'a [Piece]) -> Result<Vec<secrets::Part<'a>>, Error> {
        pieces
            .iter()
            .map(|piece| {
                Ok(match piece {
                    Piece::Text(text) => secrets::Part::Bytes(text.as_bytes()),
                    Piece::Secret { secret, encoding: written } => {
                        secrets::Part::Secret((self.secret(secret)?, encoding(written.as_deref())?))
                    }
                })
            })
            .collect()
    }
}

fn encoding(name: Option<&str>) -> Result<Encoding, Error> {
    Ok(match name {
        None => Encoding::Plain,
        Some("form") => Encoding::Form,
        Some("percent") => Encoding::Percent,
        Some("json") => Encoding::Json,
        Some("hex-lower") => Encoding::HexLower,
        Some("hex-upper") => Encoding::HexUpper,
        Some("base64") => Encoding::Base64,
        Some("base64url") => Encoding::Base64url,
        Some(other) => return Err(wrong(format!("there is no encoding `{other}`"))),
    })
}

pub(crate) fn algorithm(name: &str) -> Result<Algorithm, Error> {
    Ok(match name {
        "md5" => Algorithm::Md5,
        "sha1" => Algorithm::Sha1,
        "sha256" => Algorithm::Sha256,
        "sha512" => Algorithm::Sha512,
        other => return Err(wrong(format!("there is no algorithm `{other}`"))),
    })
}
