//! A client that obeys the verdict: HTTP/1.1, one request at a time on a connection, nothing sent that was not asked for.
//!
//! No redirects, no proxy from the environment, no cookies, no decompression, no retries. It is hyper on connections of
//! its own, since a general client hides what a host must know: which address was dialled, whether a byte of *this*
//! request was written, and how long a connection stood idle before it.

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

/// Sends requests that were granted.
pub(crate) struct Client {
    dialer: Dialer,
    pool: Arc<Pool>,
}

/// A connection failed while it carried a request.
pub(super) enum Failed {
    Broken(String),
    TooLarge(usize),
    /// The answer is one of TLS, to a request in plain HTTP.
    Tls(String),
    /// The write may not leave any more: the length of its window.
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

    /// Connections that are kept for the next request.
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
            // The key leaves out what else a grant says: another origin's grant opens no connection to this one.
            judge(&request.grant, &request.target, &[connection.peer().ip()])
                .map_err(|denied| TransportError::Refused(denied.to_string()))?;
            let (mut connection, window) = self.cleared(connection, &key, request).await?;
            // It may have been closed while the intent was recorded.
            if window.is_none() || connection.is_good().await {
                match self.carry(connection, key.clone(), request, window, true).await {
                    // It was closed before anything went out: as if it had not been there.
                    Err(Failed::Broken(_)) if !request.progress.may_have_sent() => request.progress.nothing_sent(),
                    answer => return answer.map_err(|failed| failed.into_error(request)),
                }
            }
        }
        let connection = self.dialer.dial(request).await?;
        let (connection, window) = self.cleared(connection, &key, request).await?;
        self.carry(connection, key, request, window, false).await.map_err(|failed| failed.into_error(request))
    }

    /// The connection, and the window in which the request may leave on it. Where it may not, another finds the connection.
    async fn cleared(
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
            Failed::TooLate(_) => TransportError::Broken("the rest of the request came too late to leave".to_owned()),
            Failed::Broken(reason) => {
                let words = format!("{} ({reason})", request.target.origin);
                if request.progress.may_have_sent() {
                    TransportError::Broken(words)
                } else {
                    TransportError::Unreachable(words)
                }
            }
        }
    }
}

/// How long a connection may take to be made, its name's resolution included.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

/// The reason at the bottom: `Connection refused` rather than `error sending request`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut reason = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}
