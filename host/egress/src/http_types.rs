//! Requests and answers in the types of the crate `http`, for clients that use those.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::departure::Departure;
use super::grant::Grant;
use super::progress::Progress;
use super::request::{InboundResponse, OutboundRequest, Sender};
use super::target::Target;

/// Context of a request beyond its HTTP: see [`OutboundRequest`], whose fields these are.
#[derive(Debug)]
#[non_exhaustive]
pub struct RequestContext {
    /// Target of the request.
    pub target: Target,
    /// Timeout of the whole exchange.
    pub timeout: Duration,
    /// Maximum size of the answer's body, in bytes.
    pub response_limit: usize,
    /// The account that sends it.
    pub sender: Sender,
    /// The grant that allows it, at the addresses that the grant [reaches](Grant::reaches).
    pub grant: Arc<Grant>,
    /// Whether it can change something at the provider.
    pub carries_write: bool,
    /// Maximum idle time of a connection that is reused for it.
    pub idle_at_most: Option<Duration>,
    /// Where the transport reports the request's progress.
    pub progress: Progress,
    /// Gate at which a request that carries a write waits until it may leave.
    pub departure: Departure,
}

impl OutboundRequest {
    /// Splits into the request, with each header's value marked sensitive so that no client prints it, and its context.
    ///
    /// # Errors
    /// These types cannot express it, for example a URL of more than 64 KiB. Nothing was sent.
    pub fn into_http(self) -> Result<(http::Request<Bytes>, RequestContext), http::Error> {
        let url = self.url();
        let mut request = http::Request::builder().method(self.method).uri(url).body(self.body)?;
        for (name, value) in &self.headers {
            let mut value = HeaderValue::from_bytes(value)?;
            value.set_sensitive(true);
            request.headers_mut().append(HeaderName::from_bytes(name.as_bytes())?, value);
        }
        let context = RequestContext {
            target: self.target,
            timeout: self.timeout,
            response_limit: self.response_limit,
            sender: self.sender,
            grant: self.grant,
            carries_write: self.carries_write,
            idle_at_most: self.idle_at_most,
            progress: self.progress,
            departure: self.departure,
        };
        Ok((request, context))
    }
}

impl From<http::Response<Bytes>> for InboundResponse {
    fn from(response: http::Response<Bytes>) -> InboundResponse {
        let (head, body) = response.into_parts();
        let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        InboundResponse { status: head.status.as_u16(), headers: headers.collect(), body: body.into() }
    }
}
