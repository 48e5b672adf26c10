//! What went over the wire for a write, for people: each request and what came back, with the secrets struck out.

use serde::{Deserialize, Serialize};

use crate::contract::http::{Effect, HttpError, Request, Response};
use crate::contract::secrets::Part;
use crate::grants::secrets::{Redactor, STRUCK};

/// The most of a body that is kept, in bytes. Longer ones are cut there, and their length is told.
const LONGEST_BODY: usize = 256 * 1024;

/// A request as it went over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WireRequest {
    /// Whether it carried the write; if not, it changed nothing at the provider.
    pub carried_write: bool,
    /// `POST` …
    pub method: String,
    /// The URL with its query.
    pub url: String,
    /// Those that the connector set.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WireAnswer {
    /// An HTTP response.
    Response {
        /// The HTTP status.
        status: u16,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body, without the tokens that the host took out of it.
        body: Body,
    },
    /// Nothing.
    Nothing {
        /// Whether any byte of the request may have left.
        sent: bool,
        /// Why.
        reason: String,
    },
}

/// A body, as text: what is no text has U+FFFD in the place of each byte that is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Body {
    /// The body, or the first 256 KiB of it.
    pub text: String,
    /// How many bytes it had, where it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_from: Option<usize>,
}

impl Body {
    fn of(bytes: &[u8]) -> Body {
        let kept = bytes.get(..LONGEST_BODY).unwrap_or(bytes);
        Body {
            text: String::from_utf8_lossy(kept).into_owned(),
            cut_from: (kept.len() < bytes.len()).then_some(bytes.len()),
        }
    }
}

/// A request that is about to be sent, with the secrets that the connector wrote into it by their bytes, should it have any.
pub(crate) struct Unredacted {
    carried_write: bool,
    method: String,
    url: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Unredacted {
    pub(crate) fn of(request: &Request) -> Unredacted {
        let query = joined(&request.query);
        let question = if query.is_empty() { "" } else { "?" };
        let headers = request.headers.iter();
        Unredacted {
            carried_write: matches!(request.effect, Effect::Write(_)),
            method: request.method.clone(),
            url: format!("{}{question}{}", request.url, String::from_utf8_lossy(&query)),
            headers: headers.map(|(name, value)| (name.clone(), joined(value))).collect(),
            body: joined(&request.body),
        }
    }

    /// How much there is to search, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.url.len() + self.body.len() + self.headers.iter().map(|(_, value)| value.len()).sum::<usize>()
    }

    /// The request as it may be kept. It takes time in proportion to its size.
    pub(crate) fn redacted(self, redactor: &Redactor) -> WireRequest {
        let text = |bytes| String::from_utf8_lossy(&redactor.bytes(bytes)).into_owned();
        WireRequest {
            carried_write: self.carried_write,
            method: self.method,
            url: redactor.text(self.url),
            headers: self.headers.into_iter().map(|(name, value)| (name, text(value))).collect(),
            body: Body::of(&redactor.bytes(self.body)),
        }
    }
}

impl WireRequest {
    /// Leaves out headers and body, and says of the body how long it was.
    pub(super) fn leave_out_body(&mut self) {
        self.headers.clear();
        self.body.leave_out();
    }
}

impl Body {
    fn leave_out(&mut self) {
        let length = self.cut_from.unwrap_or(self.text.len());
        *self = Body { text: String::new(), cut_from: (length > 0).then_some(length) };
    }
}

impl WireAnswer {
    /// Leaves out headers and body, and says of the body how long it was.
    pub(super) fn leave_out_body(&mut self) {
        if let WireAnswer::Response { headers, body, .. } = self {
            headers.clear();
            body.leave_out();
        }
    }

    /// An answer of which the secrets were struck out.
    pub(crate) fn response(response: &Response) -> WireAnswer {
        let headers = response.headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()));
        WireAnswer::Response { status: response.status, headers: headers.collect(), body: Body::of(&response.body) }
    }

    /// None that could be handed on.
    pub(crate) fn nothing(error: &HttpError) -> WireAnswer {
        WireAnswer::Nothing { sent: error.sent, reason: error.message.clone() }
    }
}

/// The parts one after the other, with the secrets struck out that are named.
fn joined(parts: &[Part]) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in parts {
        match part {
            Part::Bytes(bytes) => whole.extend_from_slice(bytes),
            Part::Secret(_) => whole.extend_from_slice(STRUCK),
        }
    }
    whole
}
