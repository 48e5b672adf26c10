//! One connection, which carries requests one after the other.
//!
//! It has no task of its own and makes progress only while a request waits for it. So nothing of a request is written after it is
//! given up, and the byte count says for certain whether any byte was.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::ext::on_informational;
use hyper::header::{ACCEPT, HOST, HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use stockbridge_model::SendWindow;
use tokio::task::coop::consume_budget;

use super::counting::{Counting, FirstRead, Interim};
use super::socket::Wire;
use super::{Failed, innermost};
use crate::request::{InboundResponse, OutboundRequest};

/// Maximum size of an answer's head, in bytes. A larger one is a broken answer.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Maximum number of headers of an answer.
const MAX_HEADERS: usize = 100;
/// Task budget consumed for each chunk of an answer, of 128 before the task yields.
const CHUNK_BUDGET: usize = 8;
/// Timeout for a kept connection to report whether it is still usable. It knows at once.
const READY_TIMEOUT: Duration = Duration::from_millis(100);

type Driver = http1::Connection<TokioIo<Counting>, Full<Bytes>>;

/// A connection to a peer whose address was judged.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// None once the connection has ended.
    driver: Option<Driver>,
    wire: Wire,
    written: Arc<AtomicU64>,
    first_read: FirstRead,
    interim: Interim,
    peer: SocketAddr,
    idle_since: Instant,
}

impl Connection {
    pub(super) async fn over(stream: Counting, wire: Wire, peer: SocketAddr) -> Result<Connection, hyper::Error> {
        let (written, first_read, interim) = (stream.written().clone(), stream.first_read(), stream.interim());
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .max_header_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .handshake(TokioIo::new(stream))
            .await?;
        let idle_since = Instant::now();
        Ok(Connection { sender, driver: Some(driver), wire, written, first_read, interim, peer, idle_since })
    }

    /// Number of bytes written on it so far, above TLS.
    pub(super) fn written(&self) -> &Arc<AtomicU64> {
        &self.written
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn idle_for(&self) -> Duration {
        self.idle_since.elapsed()
    }

    /// Whether it can carry another request now. Not where the answer came before the whole request was written: the rest would
    /// go out as soon as the connection makes progress again.
    pub(super) fn is_idle(&self) -> bool {
        self.driver.is_some() && self.sender.is_ready()
    }

    /// Whether the peer has left it open until now.
    pub(super) async fn is_good(&mut self) -> bool {
        // The runtime learns of events only when it polls its sockets. Without this the end of a connection could go
        // unnoticed, and a write be sent on it.
        tokio::task::yield_now().await;
        let Connection { sender, driver, .. } = self;
        matches!(tokio::time::timeout(READY_TIMEOUT, drive(driver, sender.ready())).await, Ok(Ok(())))
            && driver.is_some()
    }

    /// Sends a request and reads its whole answer. With a window, the request leaves within that.
    pub(super) async fn exchange(
        &mut self,
        request: &OutboundRequest,
        window: Option<SendWindow>,
    ) -> Result<InboundResponse, Failed> {
        let Some(window) = window else { return self.carry(request).await };
        let length = window.length();
        self.wire.begin_write(window).map_err(|error| Failed::Broken(error.to_string()))?;
        let answer = self.carry(request).await;
        match answer {
            Err(Failed::Broken(_)) if self.wire.has_refused() => Err(Failed::TooLate(length)),
            Ok(answer) => {
                // A connection that cannot reset these options is closed, and at once.
                if self.wire.end_write().is_err() {
                    self.driver = None;
                }
                Ok(answer)
            }
            failed => failed,
        }
    }

    async fn carry(&mut self, request: &OutboundRequest) -> Result<InboundResponse, Failed> {
        let mut outgoing = outgoing(request).map_err(|error| Failed::Broken(error.to_string()))?;
        let interim = self.interim.clone();
        interim.begin();
        on_informational(&mut outgoing, move |_| interim.one_more());
        let Connection { sender, driver, first_read, .. } = self;
        let broken = |error: hyper::Error| match innermost(&error) {
            reason if first_read.is_tls() => Failed::Tls(reason),
            reason => Failed::Broken(reason),
        };
        let (head, body) = drive(driver, sender.send_request(outgoing)).await.map_err(broken)?.into_parts();
        let headers =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
        let body = read(driver, body, request.response_limit).await?;
        // Notices what follows the last byte of the answer, such as the connection's end, before the connection is kept.
        drive(driver, std::future::ready(())).await;
        self.idle_since = Instant::now();
        Ok(InboundResponse { status: head.status.as_u16(), headers, body })
    }
}

/// Reads the whole body if it has at most `limit` bytes, whatever length it announces.
async fn read(driver: &mut Option<Driver>, mut body: Incoming, limit: usize) -> Result<Vec<u8>, Failed> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(Failed::TooLarge(limit));
    }
    let mut whole = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
    while let Some(frame) = drive(driver, body.frame()).await {
        // An answer may consist of as many chunks as bytes, all of them already received.
        for _ in 0..CHUNK_BUDGET {
            consume_budget().await;
        }
        let Ok(chunk) = frame.map_err(|error| Failed::Broken(innermost(&error)))?.into_data() else { continue };
        if whole.len() + chunk.len() > limit {
            return Err(Failed::TooLarge(limit));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

/// Builds the HTTP request. Its parts were validated before.
fn outgoing(request: &OutboundRequest) -> Result<hyper::Request<Full<Bytes>>, hyper::http::Error> {
    let place = if request.query.is_empty() {
        request.target.path.clone()
    } else {
        [&request.target.path, "?", &request.query].concat()
    };
    let mut outgoing = hyper::Request::builder()
        .method(request.method)
        .uri(place)
        .header(HOST, request.target.origin.authority())
        .body(Full::new(request.body.clone()))?;
    let headers = outgoing.headers_mut();
    for (name, value) in &request.headers {
        headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_bytes(value)?);
    }
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    Ok(outgoing)
}

/// Waits for a future that depends on the connection, and drives the connection meanwhile.
async fn drive<T>(driver: &mut Option<Driver>, awaited: impl Future<Output = T>) -> T {
    let mut awaited = pin!(awaited);
    poll_fn(|context| {
        if driver.as_mut().is_some_and(|driver| Pin::new(driver).poll(context).is_ready()) {
            // The awaited future fails with the reason.
            *driver = None;
        }
        awaited.as_mut().poll(context)
    })
    .await
}
