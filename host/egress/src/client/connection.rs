//! One connection and the requests that it carries, one after the other.
//!
//! It has no task of its own: it moves only while a request waits for it. So when a request is given up, nothing of it
//! is written any more from that moment, and the count of bytes tells for certain whether any was.

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

/// The most bytes of an answer's head. A larger one is a broken answer.
const LARGEST_HEAD: usize = 64 * 1024;
/// The most headers of an answer.
const MOST_HEADERS: usize = 100;
/// What a piece of an answer takes of what a task may do before it gives way, of which it has 128.
const PIECE_COSTS: usize = 8;
/// How long a kept connection may take to say whether it is still good. It knows at once.
const READY: Duration = Duration::from_millis(100);

type Driver = http1::Connection<TokioIo<Counting>, Full<Bytes>>;

/// A connection to a peer whose address was judged.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// None once the connection ended.
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
            .max_buf_size(LARGEST_HEAD)
            .max_header_size(LARGEST_HEAD)
            .max_headers(MOST_HEADERS)
            .handshake(TokioIo::new(stream))
            .await?;
        let idle_since = Instant::now();
        Ok(Connection { sender, driver: Some(driver), wire, written, first_read, interim, peer, idle_since })
    }

    /// The bytes that were written on it so far, above TLS.
    pub(super) fn written(&self) -> &Arc<AtomicU64> {
        &self.written
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn idle_for(&self) -> Duration {
        self.idle_since.elapsed()
    }

    /// Whether it could carry another request now. It could not where the answer came before all of the request was
    /// written: the rest would go out whenever somebody moves the connection again.
    pub(super) fn is_idle(&self) -> bool {
        self.driver.is_some() && self.sender.is_ready()
    }

    /// Whether the peer has left it open until now.
    pub(super) async fn is_good(&mut self) -> bool {
        // What came meanwhile is known to the runtime once it has looked at its sockets. Without this the end of a
        // connection could go unseen, and a write be sent after it.
        tokio::task::yield_now().await;
        let Connection { sender, driver, .. } = self;
        matches!(tokio::time::timeout(READY, drive(driver, sender.ready())).await, Ok(Ok(()))) && driver.is_some()
    }

    /// Sends a request and reads its answer to the end. Where it has a window, it leaves within that.
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
                // One that does not lose this is closed, and closed at once.
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
        // What follows the last byte of the answer, the end of the connection perhaps, is seen before it is kept.
        drive(driver, std::future::ready(())).await;
        self.idle_since = Instant::now();
        Ok(InboundResponse { status: head.status.as_u16(), headers, body })
    }
}

/// The whole body, if it has at most so many bytes, whatever it announces.
async fn read(driver: &mut Option<Driver>, mut body: Incoming, limit: usize) -> Result<Vec<u8>, Failed> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(Failed::TooLarge(limit));
    }
    let mut whole = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
    while let Some(frame) = drive(driver, body.frame()).await {
        // An answer may be of as many pieces as it has bytes, and all of them be there.
        for _ in 0..PIECE_COSTS {
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

/// The request as it goes out. What may stand in it was judged before.
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

/// Waits for something that the connection brings about, and moves the connection meanwhile.
async fn drive<T>(driver: &mut Option<Driver>, awaited: impl Future<Output = T>) -> T {
    let mut awaited = pin!(awaited);
    poll_fn(|context| {
        if driver.as_mut().is_some_and(|driver| Pin::new(driver).poll(context).is_ready()) {
            // Why it ended is what the awaited thing fails with.
            *driver = None;
        }
        awaited.as_mut().poll(context)
    })
    .await
}
