//! How requests leave the process, after they were granted.
//!
//! [`Network`] sends them over the network. An application may put a [`Transport`] of its own in its place, to answer
//! from memory in a test or to go through a gateway of its own.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use super::departure::Departure;
pub use crate::model::SendWindow;
use bytes::Bytes;

use crate::egress::client::{self, Client};
use crate::egress::{Granted, Resolver, SystemResolver, Target};
use crate::error::{Error, ErrorKind};
pub use crate::error::{SetupFailure, SetupProblem};

/// A request that was granted, with the secrets in their places.
#[non_exhaustive]
pub struct OutboundRequest {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// Where to.
    pub target: Target,
    /// What follows the `?`; empty for none.
    pub query: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Bytes,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// How many bytes the answer's body may have.
    pub response_limit: usize,
    /// For whom it is sent.
    pub sender: Sender,
    /// What allows it: the target's address, once it is known, has to be of a kind that this allows.
    pub grant: Arc<Granted>,
    /// Whether it can change something at the provider: it carries the call's one write.
    pub carries_write: bool,
    /// How long a connection may have stood idle to be used for it. A write goes on a fresh one: a provider that closes
    /// an idle connection as the write arrives would leave nobody knowing whether it was carried out.
    pub idle_at_most: Option<Duration>,
    /// Where the transport says how far the request got.
    pub progress: Progress,
    /// Where a request that carries a write waits until it may leave, and learns until when: a transport that
    /// [keeps send windows](Transport::keeps_send_windows) asks there, its connection made, before the first byte.
    pub departure: Departure,
}

impl OutboundRequest {
    /// A `POST` without anything in it, within 30 seconds and 8 MiB.
    #[must_use]
    pub fn post(target: Target, grant: Arc<Granted>) -> OutboundRequest {
        OutboundRequest {
            method: "POST",
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

/// Query, headers and body may hold secrets, so they are not shown.
impl fmt::Debug for OutboundRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} ({} bytes)", self.method, self.target, self.body.len())
    }
}

/// For whom a request is sent. What the requests of one application leave behind at a transport, connections and TLS sessions,
/// stays within it, so that a server's late answer cannot reach another.
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
    pub(crate) fn new(account: &Arc<str>, application: [u8; 16]) -> Sender {
        Sender { account: account.clone(), application }
    }

    /// The account's name.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Whether both are the same application at their provider.
    #[must_use]
    pub fn shares_with(&self, other: &Sender) -> bool {
        self.application == other.application
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.account
    }

    pub(crate) fn application(&self) -> [u8; 16] {
        self.application
    }
}

/// How far a request got. Clones tell of the same request.
///
/// A transport that never says so may have sent it.
#[derive(Clone, Default)]
pub struct Progress(Arc<Mutex<Stage>>);

#[derive(Default)]
enum Stage {
    #[default]
    Unsaid,
    NothingSent,
    Carried(Carried),
}

#[derive(Clone)]
struct Carried {
    written: Arc<AtomicU64>,
    before: u64,
    peer: SocketAddr,
    reused: bool,
}

impl Progress {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The transport says that no byte of the request has left so far.
    pub fn nothing_sent(&self) {
        *self.stage() = Stage::NothingSent;
    }

    /// Whether any byte of the request may have left.
    #[must_use]
    pub fn may_have_sent(&self) -> bool {
        match &*self.stage() {
            Stage::Unsaid => true,
            Stage::NothingSent => false,
            Stage::Carried(carried) => carried.written.load(Ordering::Relaxed) > carried.before,
        }
    }

    /// The request is on a connection on which so many bytes were written before.
    pub(crate) fn begin(&self, written: &Arc<AtomicU64>, peer: SocketAddr, reused: bool) {
        let before = written.load(Ordering::Relaxed);
        *self.stage() = Stage::Carried(Carried { written: written.clone(), before, peer, reused });
    }

    /// The address at the other end, and whether the connection had carried a request before.
    pub(crate) fn connection(&self) -> Option<(SocketAddr, bool)> {
        match &*self.stage() {
            Stage::Carried(carried) => Some((carried.peer, carried.reused)),
            Stage::Unsaid | Stage::NothingSent => None,
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Progress").field("may_have_sent", &self.may_have_sent()).finish()
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

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The host turned out to be at an address that the grant does not allow. Nothing was sent.
    #[error("{0}")]
    Refused(String),
    /// No connection was made, or it ended before anything was sent.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The provider cannot be talked to as it is set up: that lasts until somebody mends it.
    #[error("{0}")]
    Setup(SetupFailure),
    /// The answer did not come, or not whole, in time.
    #[error("no answer within {} ms", .after.as_millis())]
    TimedOut {
        /// How long it was waited for.
        after: Duration,
        /// Whether any byte of the request was written.
        sent: bool,
    },
    /// There is no room for it in time, at a limit of the host's own or of a gateway's. Nothing was sent.
    #[error("the limit of requests has no room for it in time, so nothing was sent")]
    Throttled {
        /// When there is.
        room_in: Duration,
    },
    /// Too little of the call's time is left for it. Nothing was sent.
    #[error(
        "{} ms are left of the call's time, and with less than {} ms no request is begun",
        .left.as_millis(), .least.as_millis()
    )]
    TooLate {
        /// What is left.
        left: Duration,
        /// What must be.
        least: Duration,
    },
    /// The time in which the write might leave was over before a byte of it did: the process was stopped, perhaps, or its
    /// machine suspended. Nothing was sent.
    #[error("the write was to leave within {} ms and did not, so it was given up", .window.as_millis())]
    WindowOver {
        /// How long it was.
        window: Duration,
    },
    /// The connection broke after something was sent.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer's body is larger than allowed.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
}

impl TransportError {
    /// A name for metrics that stays the same: `timed-out`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            TransportError::Refused(_) => "denied",
            TransportError::Unreachable(_) => "unreachable",
            TransportError::Setup(_) => "setup",
            TransportError::TimedOut { .. } => "timed-out",
            TransportError::Throttled { .. } => "throttled",
            TransportError::TooLate { .. } => "too-late",
            TransportError::WindowOver { .. } => "window-over",
            TransportError::Broken(_) => "broken",
            TransportError::TooLarge(_) => "too-large",
        }
    }

    /// Whether any byte of the request may have reached the provider.
    #[must_use]
    pub fn sent(&self) -> bool {
        match self {
            TransportError::Refused(_)
            | TransportError::Unreachable(_)
            | TransportError::Throttled { .. }
            | TransportError::TooLate { .. }
            | TransportError::WindowOver { .. } => false,
            TransportError::TimedOut { sent, .. } => *sent,
            TransportError::Setup(failure) => failure.sent,
            TransportError::Broken(_) | TransportError::TooLarge(_) => true,
        }
    }
}

/// What becomes of a request.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<InboundResponse, TransportError>> + Send + 'a>>;

/// Something that sends requests. It follows no redirect and repeats nothing.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and waits for its whole answer, within the request's timeout and limit.
    fn send(&self, request: OutboundRequest) -> Exchange<'_>;

    /// Whether it keeps send windows. One that does promises this of each request that [carries a write]:
    ///
    /// - Its connection made, and before the first byte, it waits at [`Departure::cleared`].
    /// - It hands a byte to the system only while the window that came back is not over, and looks at
    ///   [`SendWindow::is_over`] right before it does.
    /// - Nothing of it leaves once the future is dropped or has ended: the connection is closed without lingering, and
    ///   nothing is queued elsewhere.
    ///
    /// Where it does not, that a write was not sent in time proves nothing: one that is given up is *unknown*, and one that
    /// a process left behind is never found to be *not applied* by a look-up; a person has to say so. By default it does
    /// not.
    ///
    /// [carries a write]: OutboundRequest::carries_write
    fn keeps_send_windows(&self) -> bool {
        false
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        (**self).send(request)
    }

    fn keeps_send_windows(&self) -> bool {
        (**self).keeps_send_windows()
    }
}

/// The network: HTTP/1.1, with TLS by rustls and Mozilla's root certificates.
///
/// Its cryptography is that of rustls' provider which the application has installed when it is made; else that of this
/// crate's feature, see [the crate's page](crate#tls).
///
/// The request's host is resolved once, all of its addresses are judged by the request's grant, and one of them is
/// dialled. No redirects, no proxy from the environment, no cookies, no decompression, no retries.
#[derive(Clone)]
pub struct Network {
    client: Arc<Client>,
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Network").field("idle", &self.idle_connections()).finish()
    }
}

impl Network {
    /// With connections of its own, and names resolved by the system.
    ///
    /// # Errors
    /// TLS cannot be set up: `tls.no-provider` where neither the application installed one nor a feature names one.
    pub fn new() -> Result<Network, Error> {
        Network::builder().build()
    }

    /// With something other than the defaults.
    pub fn builder() -> NetworkBuilder {
        NetworkBuilder { resolver: Arc::new(SystemResolver::default()), trusted: Vec::new() }
    }

    /// Connections that are kept open for the next request.
    #[must_use]
    pub fn idle_connections(&self) -> usize {
        self.client.idle()
    }
}

/// Makes a [`Network`] with something other than the defaults.
#[must_use]
pub struct NetworkBuilder {
    resolver: Arc<dyn Resolver>,
    trusted: Vec<Vec<u8>>,
}

impl fmt::Debug for NetworkBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NetworkBuilder").field("trusted", &self.trusted.len()).finish_non_exhaustive()
    }
}

impl NetworkBuilder {
    /// Names are resolved by this, in place of the system.
    pub fn resolver(mut self, resolver: impl Resolver) -> NetworkBuilder {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Trusts what this certificate has signed, besides Mozilla's root certificates: a certificate authority of the
    /// operator's own, in DER. It holds for every host: who has its key can pass for any of them.
    pub fn trust(mut self, certificate: impl Into<Vec<u8>>) -> NetworkBuilder {
        self.trusted.push(certificate.into());
        self
    }

    /// The network.
    ///
    /// # Errors
    /// What is to be trusted is no certificate, or TLS cannot be set up.
    pub fn build(self) -> Result<Network, Error> {
        let provider = client::provider().ok_or_else(|| Error::from(ErrorKind::NoTlsProvider))?;
        let client = Client::new(self.resolver, self.trusted, provider)
            .map_err(|error| Error::from(ErrorKind::Runtime(format!("no TLS ({error})"))).caused_by(error))?;
        Ok(Network { client: Arc::new(client) })
    }
}

impl Transport for Network {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        Box::pin(self.client.send(request))
    }

    fn keeps_send_windows(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_a_byte_left_is_told_by_the_count_of_the_connection_since_the_request_began() {
        let progress = Progress::default();
        assert!(progress.may_have_sent());
        progress.nothing_sent();
        assert!(!progress.may_have_sent());
        let written = Arc::new(AtomicU64::new(700));
        progress.begin(&written, SocketAddr::from(([127, 0, 0, 1], 80)), true);
        assert!(!progress.may_have_sent());
        written.fetch_add(1, Ordering::Relaxed);
        assert!(progress.may_have_sent() && progress.clone().may_have_sent());
    }
}
