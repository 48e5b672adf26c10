//! HTTP exchanges of a write, for people: each request and its answer, with the secrets struck out.

use serde::{Deserialize, Serialize};

/// Maximum recorded size of a body, in bytes. Longer ones are cut there, and their length is recorded.
const MAX_BODY: usize = 256 * 1024;

/// A request as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WireRequest {
    /// Whether it carried the write; otherwise it changed nothing at the provider.
    pub carried_write: bool,
    /// Method, such as `POST`.
    pub method: String,
    /// The URL with its query.
    pub url: String,
    /// The headers that the connector set.
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

/// The answer to a request.
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
        /// The body, without the tokens that the host captured from it.
        body: Body,
    },
    /// No answer.
    Nothing {
        /// Whether any byte of the request may have left.
        sent: bool,
        /// The reason.
        reason: String,
    },
}

/// A body as text: bytes that are not text are replaced by U+FFFD.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Body {
    /// The body, or the first 256 KiB of it.
    pub text: String,
    /// Full length in bytes, where it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_from: Option<usize>,
}

impl Body {
    /// The body of these bytes, cut if it is long.
    pub fn of(bytes: &[u8]) -> Body {
        let kept = bytes.get(..MAX_BODY).unwrap_or(bytes);
        Body {
            text: String::from_utf8_lossy(kept).into_owned(),
            cut_from: (kept.len() < bytes.len()).then_some(bytes.len()),
        }
    }
}

impl WireRequest {
    /// Omits headers and body, keeping the body's length.
    pub(super) fn omit_body(&mut self) {
        self.headers.clear();
        self.body.omit();
    }
}

impl Body {
    fn omit(&mut self) {
        let length = self.cut_from.unwrap_or(self.text.len());
        *self = Body { text: String::new(), cut_from: (length > 0).then_some(length) };
    }
}

impl WireAnswer {
    /// Omits headers and body, keeping the body's length.
    pub(super) fn omit_body(&mut self) {
        if let WireAnswer::Response { headers, body, .. } = self {
            headers.clear();
            body.omit();
        }
    }
}
