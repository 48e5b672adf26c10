//! What went over the wire for a write, for people: each request and what came back, with the secrets struck out.

use serde::{Deserialize, Serialize};

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

impl WireRequest {
    /// A request that changes nothing at the provider, without headers and body.
    #[must_use]
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> WireRequest {
        WireRequest {
            carried_write: false,
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Body::default(),
        }
    }
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
    /// The body of these bytes, cut where it is long.
    pub fn of(bytes: &[u8]) -> Body {
        let kept = bytes.get(..LONGEST_BODY).unwrap_or(bytes);
        Body {
            text: String::from_utf8_lossy(kept).into_owned(),
            cut_from: (kept.len() < bytes.len()).then_some(bytes.len()),
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
}
