//! A transport that records requests and answers from memory.

use std::sync::{Arc, Mutex};

use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport, TransportError};

/// A request in its wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// `POST`
    pub method: String,
    /// With its query.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

/// Answers each request with the next prepared answer, repeats the last one, and records the requests. Clones share them.
#[derive(Clone)]
pub struct Recording {
    answers: Arc<Vec<Result<InboundResponse, TransportError>>>,
    sent: Arc<Mutex<Vec<Recorded>>>,
}

impl Recording {
    /// Answers with these bodies and the status 200.
    pub fn answering<B: Into<Vec<u8>>>(bodies: impl IntoIterator<Item = B>) -> Recording {
        let ok = |body: B| Ok(InboundResponse { status: 200, headers: Vec::new(), body: body.into() });
        Recording::with(bodies.into_iter().map(ok))
    }

    /// Answers or fails with these results.
    pub fn with(answers: impl IntoIterator<Item = Result<InboundResponse, TransportError>>) -> Recording {
        Recording { answers: Arc::new(answers.into_iter().collect()), sent: Arc::default() }
    }

    /// Requests so far.
    ///
    /// # Panics
    /// A test panicked while it held the list.
    #[must_use]
    pub fn sent(&self) -> Vec<Recorded> {
        self.sent.lock().unwrap().clone()
    }
}

impl Transport for Recording {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut sent = self.sent.lock().unwrap();
        sent.push(Recorded {
            method: request.method.to_owned(),
            url: request.url(),
            headers: request.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            body: text(&request.body),
        });
        let answer = self.answers.get(sent.len() - 1).or(self.answers.last()).cloned();
        Box::pin(async move { answer.unwrap_or(Err(TransportError::Unreachable("no answer was prepared".to_owned()))) })
    }
}
