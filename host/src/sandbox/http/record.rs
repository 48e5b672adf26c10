//! Redacted records of a request and its answer for the journal.

use stockbridge_journal::{Body, WireAnswer, WireRequest};

use crate::sandbox::contract::http::{Effect, HttpError, Request, Response};
use crate::sandbox::contract::secrets::Part;
use crate::secrets::{PLACEHOLDER, Redactor};

/// A request that is about to be sent, not yet redacted: the connector may have written a secret's bytes into it.
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

    /// Number of bytes to search for secrets.
    pub(crate) fn size(&self) -> usize {
        self.url.len() + self.body.len() + self.headers.iter().map(|(_, value)| value.len()).sum::<usize>()
    }

    /// Redacts the request for the journal. Takes time proportional to its size.
    pub(crate) fn redacted(self, redactor: &Redactor) -> WireRequest {
        let text = |bytes| String::from_utf8_lossy(&redactor.bytes(bytes)).into_owned();
        let mut request = WireRequest::new(self.method, redactor.text(self.url));
        request.carried_write = self.carried_write;
        request.headers = self.headers.into_iter().map(|(name, value)| (name, text(value))).collect();
        request.body = Body::of(&redactor.bytes(self.body));
        request
    }
}

/// Record of an answer that is already redacted.
pub(super) fn response(response: &Response) -> WireAnswer {
    let headers = response.headers.iter();
    let headers = headers.map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()));
    WireAnswer::Response { status: response.status, headers: headers.collect(), body: Body::of(&response.body) }
}

/// Record of a missing or withheld answer.
pub(super) fn no_answer(error: &HttpError) -> WireAnswer {
    WireAnswer::Nothing { sent: error.sent, reason: error.message.clone() }
}

/// Concatenates the parts, with a placeholder for each secret handle.
fn joined(parts: &[Part]) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in parts {
        match part {
            Part::Bytes(bytes) => whole.extend_from_slice(bytes),
            Part::Secret(_) => whole.extend_from_slice(PLACEHOLDER),
        }
    }
    whole
}
