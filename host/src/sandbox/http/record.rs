//! What the journal keeps of a request and its answer, with the secrets struck out.

use stockbridge_journal::{Body, WireAnswer, WireRequest};

use crate::sandbox::contract::http::{Effect, HttpError, Request, Response};
use crate::sandbox::contract::secrets::Part;
use crate::secrets::{Redactor, STRUCK};

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
        let mut request = WireRequest::new(self.method, redactor.text(self.url));
        request.carried_write = self.carried_write;
        request.headers = self.headers.into_iter().map(|(name, value)| (name, text(value))).collect();
        request.body = Body::of(&redactor.bytes(self.body));
        request
    }
}

/// An answer of which the secrets were struck out.
pub(super) fn response(response: &Response) -> WireAnswer {
    let headers = response.headers.iter();
    let headers = headers.map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()));
    WireAnswer::Response { status: response.status, headers: headers.collect(), body: Body::of(&response.body) }
}

/// None that could be handed on.
pub(super) fn no_answer(error: &HttpError) -> WireAnswer {
    WireAnswer::Nothing { sent: error.sent, reason: error.message.clone() }
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
