//! Transports: clients that send granted requests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::failure::TransportError;
use super::request::{InboundResponse, OutboundRequest};

/// Future answer to a request.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<InboundResponse, TransportError>> + Send + 'a>>;

/// A client that sends granted requests, each once and unchanged.
///
/// It must not
///
/// - resolve the host and dial an address that the request's grant does not [reach](crate::Grant::reaches): every address is
///   judged, and one of the judged addresses is dialled;
/// - follow a redirect, which leads to where nothing was granted;
/// - send anything again, even if a connection broke: a write would be carried out twice;
/// - decompress an answer, whose limit counts the bytes received;
/// - change the URL, its query or the order of the headers: connectors sign them byte by byte;
/// - add cookies, credentials or a proxy from its environment.
///
/// A doubtful request counts as *sent*: the transport calls [`Progress::nothing_sent`](crate::transport::Progress::nothing_sent)
/// only where no byte of the request has left, and returns an error that is [`sent`](TransportError::sent) where one may have.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and waits for its whole answer, within the request's timeout and limit.
    fn send(&self, request: OutboundRequest) -> Exchange<'_>;

    /// Whether the transport keeps send windows. One that does promises this for each request that [carries a write]:
    ///
    /// - With its connection made, and before the first byte, it waits at
    ///   [`Departure::cleared`](super::departure::Departure::cleared).
    /// - It hands a byte to the system only until the returned window is over, and checks
    ///   [`SendWindow::is_over`](stockbridge_model::SendWindow::is_over) right before each byte.
    /// - Nothing of the request leaves once the future is dropped or has ended: the connection is closed without lingering, and
    ///   nothing is queued elsewhere.
    ///
    /// Without the promise, the end of a window proves nothing: a write that is given up is *unknown*, and one that a process
    /// left behind is never found to be *not applied* by a look-up; an operator has to decide. The default is not to keep
    /// send windows.
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
