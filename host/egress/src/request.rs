//! Requests for a transport to send, and the answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::departure::Departure;
use super::grant::Grant;
use super::progress::Progress;
use super::target::Target;

/// A granted request, with its secrets filled in.
#[non_exhaustive]
pub struct OutboundRequest {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// Target of the request.
    pub target: Target,
    /// Query, the part after the `?`; empty for none.
    pub query: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Bytes,
    /// Timeout of the whole exchange.
    pub timeout: Duration,
    /// Maximum size of the answer's body, in bytes.
    pub response_limit: usize,
    /// The account that sends it.
    pub sender: Sender,
    /// The grant that allows it: the target's address, once resolved, has to be of a kind that the grant allows.
    pub grant: Arc<Grant>,
    /// Whether it can change something at the provider: it carries the call's one write.
    pub carries_write: bool,
    /// Maximum idle time of a connection that is reused for it. A write uses a fresh one: if a provider closed an idle
    /// connection as the write arrived, its outcome would be unknown.
    pub idle_at_most: Option<Duration>,
    /// Where the transport reports the request's progress.
    pub progress: Progress,
    /// Gate at which a request that carries a write waits until it may leave, and gets its send window: a transport that
    /// [keeps send windows](super::exchange::Transport::keeps_send_windows) waits there, its connection made, before the first
    /// byte.
    pub departure: Departure,
}

impl OutboundRequest {
    /// An empty `POST`, with limits of 30 seconds and 8 MiB.
    #[must_use]
    pub fn post(target: Target, grant: Arc<Grant>) -> OutboundRequest {
        OutboundRequest::new("POST", target, grant)
    }

    /// An empty `GET`, with the limits of [`OutboundRequest::post`].
    #[must_use]
    pub fn get(target: Target, grant: Arc<Grant>) -> OutboundRequest {
        OutboundRequest::new("GET", target, grant)
    }

    fn new(method: &'static str, target: Target, grant: Arc<Grant>) -> OutboundRequest {
        OutboundRequest {
            method,
            target,
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(30),
            response_limit: 8 * 1024 * 1024,
            sender: Sender::default(),
            grant,
            carries_write: false,
            idle_at_most: None,
            progress: Progress::default(),
            departure: Departure::default(),
        }
    }

    /// The absolute URL with its query.
    #[must_use]
    pub fn url(&self) -> String {
        let question = if self.query.is_empty() { "" } else { "?" };
        format!("{}{question}{}", self.target, self.query)
    }
}

/// Omits query, headers and body, which may hold secrets.
impl fmt::Debug for OutboundRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} ({} bytes)", self.method, self.target, self.body.len())
    }
}

/// Sender of a request. What the requests of one application leave behind at a transport, connections and TLS sessions,
/// stays within the application, so that a server's late answer cannot reach another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sender {
    account: Arc<str>,
    application: [u8; 16],
}

impl Default for Sender {
    fn default() -> Sender {
        Sender { account: "".into(), application: [0; 16] }
    }
}

impl Sender {
    /// An account of this application at its provider.
    #[must_use]
    pub fn new(account: &Arc<str>, application: [u8; 16]) -> Sender {
        Sender { account: account.clone(), application }
    }

    /// The account's name.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Whether both belong to the same application at their provider.
    #[must_use]
    pub fn shares_with(&self, other: &Sender) -> bool {
        self.application == other.application
    }

    #[cfg(feature = "client")]
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.account
    }

    #[cfg(feature = "client")]
    pub(crate) fn application(&self) -> [u8; 16] {
        self.application
    }
}

/// A provider's answer.
#[derive(Clone, Debug)]
pub struct InboundResponse {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, complete.
    pub body: Vec<u8>,
}
