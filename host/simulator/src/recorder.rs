//! The most recent requests as received, for tests that check what was sent.

use std::collections::VecDeque;
use std::time::Instant;

use crate::provider::Gateway;

/// Maximum number of requests kept …
const MAX_REQUESTS: usize = 1024;
/// … and maximum number of bytes of their bodies.
const MAX_BYTES: usize = 16 << 20;

/// A request as received.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The gateway that received it.
    pub gateway: Gateway,
    /// When it had been read.
    pub received: Instant,
    /// `POST`
    pub method: String,
    /// The path of its URL.
    pub path: String,
    /// The part after the `?`, undecoded.
    pub query: String,
    /// Names in lower case. A value that is not text is shown as closely as possible.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// The recorded requests, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    kept: VecDeque<RecordedRequest>,
    bytes: usize,
}

impl Recorder {
    pub(crate) fn record(&mut self, request: RecordedRequest) {
        self.bytes += request.body.len();
        self.kept.push_back(request);
        while self.kept.len() > MAX_REQUESTS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.bytes -= oldest.body.len();
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.kept.iter().cloned().collect()
    }
}
