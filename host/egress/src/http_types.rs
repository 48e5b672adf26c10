//! Requests and answers in the types of the crate `http`, for clients that speak those.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::departure::Departure;
use super::grant::Grant;
use super::progress::Progress;
use super::request::{InboundResponse, OutboundRequest, Sender};
use super::target::Target;

/// What a request is sent under, beside its HTTP: see [`OutboundRequest`], whose fields these are.
#[derive(Debug)]
#[non_exhaustive]
pub struct RequestContext {
    /// Where to.
    pub target: Target,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// How many bytes the answer's body may have.
    pub response_limit: usize,
    /// For whom it is sent.
    pub sender: Sender,
    /// What allows it, at the addresses that it [reaches](Grant::reaches).
    pub grant: Arc<Grant>,
    /// Whether it can change something at the provider.
    pub carries_write: bool,
    /// How long a connection may have stood idle to be used for it.
    pub idle_at_most: Option<Duration>,
    /// Where the transport says how far the request got.
    pub progress: Progress,
    /// Where a request that carries a write waits until it may leave.
    pub departure: Departure,
}

impl OutboundRequest {
    /// The request, with each header's value marked sensitive, so that no client prints it, and what it is sent under.
    ///
    /// # Errors
    /// It cannot be said in these types, as a URL of more than 64 KiB. Nothing was sent.
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
