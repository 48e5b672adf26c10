//! A transport: what sends granted requests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::failure::TransportError;
use super::request::{InboundResponse, OutboundRequest};

/// What becomes of a request.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<InboundResponse, TransportError>> + Send + 'a>>;

/// Something that sends requests that were granted, each once and as it is.
///
/// A client behind it must not
///
/// - resolve the host and dial what the request's grant does not [reach](crate::Grant::reaches): every address is judged, and
///   one of those that were judged is dialled;
/// - follow a redirect, which leads where nothing was granted;
/// - send anything again, though a connection broke: a write would be carried out twice;
/// - decompress an answer, whose limit counts the bytes that came;
/// - change the URL, its query or the headers' order: connectors sign them byte by byte;
/// - add cookies, credentials or a proxy of its environment.
///
/// Whatever it cannot tell is *sent*: it calls [`Progress::nothing_sent`](crate::transport::Progress::nothing_sent) only where no
/// byte of the request has left, and returns an error that says [`sent`](TransportError::sent) where one may have.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and waits for its whole answer, within the request's timeout and limit.
    fn send(&self, request: OutboundRequest) -> Exchange<'_>;

    /// Whether it keeps send windows. One that does promises this of each request that [carries a write]:
    ///
    /// - Its connection made, and before the first byte, it waits at [`Departure::cleared`](super::departure::Departure::cleared).
    /// - It hands a byte to the system only while the window that came back is not over, and looks at
    ///   [`SendWindow::is_over`](stockbridge_model::SendWindow::is_over) right before it does.
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
