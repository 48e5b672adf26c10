//! The last requests as they came in, for tests that check what was sent.

use std::collections::VecDeque;
use std::time::Instant;

use crate::provider::Gateway;

/// At most so many requests are kept …
const MOST: usize = 1024;
/// … and at most so many bytes of their bodies.
const MOST_BYTES: usize = 16 << 20;

/// A request as it came in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Where it came in.
    pub gateway: Gateway,
    /// When it had been read.
    pub received: Instant,
    /// `POST`
    pub method: String,
    /// The path of its address.
    pub path: String,
    /// What follows the `?`, undecoded.
    pub query: String,
    /// Names in lower case. A value that is not text is shown as nearly as text can.
    pub headers: Vec<(String, String)>,
    /// The body's own bytes.
    pub body: Vec<u8>,
}

/// The requests that are kept, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    kept: VecDeque<RecordedRequest>,
    bytes: usize,
}

impl Recorder {
    pub(crate) fn record(&mut self, request: RecordedRequest) {
        self.bytes += request.body.len();
        self.kept.push_back(request);
        while self.kept.len() > MOST || self.bytes > MOST_BYTES {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.bytes -= oldest.body.len();
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.kept.iter().cloned().collect()
    }
}
