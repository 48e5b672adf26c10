//! The transport of a vector: records requests, and answers from memory.

use std::sync::Arc;

use parking_lot::Mutex;
use stockbridge_egress::transport::{Exchange, InboundResponse, OutboundRequest, Transport, TransportError};

use crate::connector::vectors::{Answer, Effect, Request};

/// A request as it would have been sent.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) method: &'static str,
    /// With its query.
    pub(super) url: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    pub(super) effect: Effect,
}

/// Gives a vector's answers, and refuses the connection when there is none. Clones share the recorded requests.
#[derive(Clone)]
pub(super) struct Recording {
    answers: Arc<[Option<Answer>]>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Recording {
    pub(super) fn answering(expected: &[Request]) -> Recording {
        let answers = expected.iter().map(|request| request.answer.clone()).collect();
        Recording { answers, sent: Arc::default() }
    }

    /// The requests recorded so far.
    pub(super) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().clone()
    }

    /// Records a request, and returns its index.
    fn record(&self, request: OutboundRequest) -> usize {
        let sent = Sent {
            method: request.method,
            url: request.url(),
            headers: request.headers,
            body: request.body.to_vec(),
            effect: if request.carries_write { Effect::Write } else { Effect::Read },
        };
        let mut all = self.sent.lock();
        all.push(sent);
        all.len() - 1
    }
}

impl Transport for Recording {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        let index = self.record(request);
        let answer = self.answers.get(index).and_then(Option::as_ref).map(|answer| InboundResponse {
            status: answer.status,
            headers: answer
                .headers
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value.as_bytes().to_vec()))
                .collect(),
            body: answer.body.as_bytes().to_vec(),
        });
        let refused = || TransportError::Unreachable("the vector has no answer".to_owned());
        Box::pin(std::future::ready(answer.ok_or_else(refused)))
    }
}
