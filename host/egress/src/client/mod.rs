//! A client that obeys the verdict: HTTP/1.1, one request at a time on a connection, nothing sent beyond the request.
//!
//! No redirects, no proxy from the environment, no cookies, no decompression, no retries. It is hyper on connections of
//! its own, since a general client hides facts that a host needs: which address was dialled, whether a byte of *this*
//! request was written, and how long a connection had been idle before it.

mod connection;
mod counting;
mod dial;
mod lookups;
mod pool;
mod provider;
mod sessions;
mod setup;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use connection::Connection;
use dial::Dialer;
use pool::{Key, Pool};
pub(crate) use provider::provider;
use rustls::crypto::CryptoProvider;
use stockbridge_model::SendWindow;

use super::judge::judge;
use super::resolve::Resolver;
use crate::failure::TransportError;
use crate::request::{InboundResponse, OutboundRequest};
use crate::setup_failure::{SetupFailure, SetupProblem};

/// Sends granted requests.
pub(crate) struct Client {
    dialer: Dialer,
    pool: Arc<Pool>,
}

/// Failure of a connection while it carried a request.
pub(super) enum Failed {
    Broken(String),
    TooLarge(usize),
    /// The answer is a TLS record, to a request in plain HTTP.
    Tls(String),
    /// The write's window, of this length, is over.
    TooLate(Duration),
}

impl Client {
    pub(crate) fn new(
        resolver: Arc<dyn Resolver>,
        trusted: Vec<Vec<u8>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Client, rustls::Error> {
        Ok(Client { dialer: Dialer::new(resolver, trusted, provider)?, pool: Arc::default() })
    }

    /// Number of idle connections kept for later requests.
    pub(crate) fn idle(&self) -> usize {
        self.pool.len()
    }

    /// Sends a request and waits for its whole answer, within its timeout and limit.
    pub(crate) async fn send(&self, request: OutboundRequest) -> Result<InboundResponse, TransportError> {
        request.progress.nothing_sent();
        match tokio::time::timeout(request.timeout, self.exchange(&request)).await {
            Ok(answer) => answer,
            Err(_) => Err(TransportError::TimedOut { after: request.timeout, sent: request.progress.may_have_sent() }),
        }
    }

    async fn exchange(&self, request: &OutboundRequest) -> Result<InboundResponse, TransportError> {
        let key = Key::of(request);
        if let Some(connection) = self.pool.take(&key, request.idle_at_most).await {
            // The key omits the rest of a grant: a grant of another origin opens no connection to this one.
            judge(&request.grant, &request.target, &[connection.peer().ip()])
                .map_err(|denied| TransportError::Refused(denied.to_string()))?;
            let (mut connection, window) = self.wait_until_cleared(connection, &key, request).await?;
            // The connection may have been closed while the intent was recorded.
            if window.is_none() || connection.is_good().await {
                match self.carry(connection, key.clone(), request, window, true).await {
                    // Closed before anything was sent: as if there had been no connection.
                    Err(Failed::Broken(_)) if !request.progress.may_have_sent() => request.progress.nothing_sent(),
                    answer => return answer.map_err(|failed| failed.into_error(request)),
                }
            }
        }
        let connection = self.dialer.dial(request).await?;
        let (connection, window) = self.wait_until_cleared(connection, &key, request).await?;
        self.carry(connection, key, request, window, false).await.map_err(|failed| failed.into_error(request))
    }

    /// Waits until the request may leave; returns its connection and its window. If it may not, the connection is parked.
    async fn wait_until_cleared(
        &self,
        connection: Connection,
        key: &Key,
        request: &OutboundRequest,
    ) -> Result<(Connection, Option<SendWindow>), TransportError> {
        match request.departure.cleared().await {
            Ok(window) => Ok((connection, window)),
            Err(refused) => {
                self.pool.park(key.clone(), request.sender.name(), connection);
                Err(refused)
            }
        }
    }

    async fn carry(
        &self,
        mut connection: Connection,
        key: Key,
        request: &OutboundRequest,
        window: Option<SendWindow>,
        reused: bool,
    ) -> Result<InboundResponse, Failed> {
        request.progress.begin(connection.written(), connection.peer(), reused);
        let answer = connection.exchange(request, window).await?;
        if connection.is_idle() {
            self.pool.park(key, request.sender.name(), connection);
        }
        Ok(answer)
    }
}

impl Failed {
    fn into_error(self, request: &OutboundRequest) -> TransportError {
        match self {
            Failed::TooLarge(limit) => TransportError::TooLarge(limit),
            Failed::Tls(detail) => {
                let peer = request.progress.connection().map(|(peer, _)| peer);
                let failure = SetupFailure::new(SetupProblem::TlsExpected, &request.target.origin, peer, detail);
                TransportError::Setup(if request.progress.may_have_sent() { failure.after_sending() } else { failure })
            }
            Failed::TooLate(window) if !request.progress.may_have_sent() => TransportError::WindowOver { window },
            Failed::TooLate(_) => {
                TransportError::Broken("the send window ended before the whole request had left".to_owned())
            }
            Failed::Broken(reason) => {
                let message = format!("{} ({reason})", request.target.origin);
                if request.progress.may_have_sent() {
                    TransportError::Broken(message)
                } else {
                    TransportError::Unreachable(message)
                }
            }
        }
    }
}

/// Timeout for making a connection, name resolution included.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The innermost reason: `Connection refused` rather than `error sending request`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut reason = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}
