//! How requests leave the process, after they were granted.
//!
//! [`Network`] sends them over the network. An application may put a [`Transport`] of its own in its place, to answer
//! from memory in a test or to go through a gateway of its own.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// A request that was granted, with the secrets in their places.
pub struct OutboundRequest {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// Where to, with its query: an absolute `http` or `https` URL.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// How many bytes the answer's body may have.
    pub response_limit: usize,
}

/// Query, headers and body may hold secrets, so they are not shown.
impl fmt::Debug for OutboundRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.url.split_once('?').map_or(self.url.as_str(), |(address, _)| address);
        write!(formatter, "{} {address} ({} bytes)", self.method, self.body.len())
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
pub enum TransportError {
    /// No connection was made, so nothing was sent.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The answer did not come, or not whole, in time.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The connection broke after something was sent.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer's body is larger than allowed.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
}

impl TransportError {
    /// Whether any byte of the request may have reached the provider.
    #[must_use]
    pub fn sent(&self) -> bool {
        !matches!(self, TransportError::Unreachable(_))
    }
}

/// What becomes of a request.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<InboundResponse, TransportError>> + Send + 'a>>;

/// Something that sends requests. It follows no redirect and repeats nothing.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and waits for its whole answer, within the request's timeout and limit.
    fn send(&self, request: OutboundRequest) -> Exchange<'_>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        (**self).send(request)
    }
}

/// The network: HTTP/1.1, with TLS by rustls and Mozilla's root certificates.
///
/// No redirects, no proxy from the environment, no cookies, no decompression, no retries of its own.
#[derive(Clone, Debug)]
pub struct Network {
    client: reqwest::Client,
}

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

impl Network {
    /// A client with a connection pool of its own.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new() -> Result<Network, Error> {
        let unable = |error: &dyn fmt::Display| Error::from(ErrorKind::Runtime(format!("no HTTP client: {error}")));
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<rustls::RootCertStore>();
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| unable(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .connect_timeout(CONNECT)
            .build()
            .map_err(|error| unable(&error))?;
        Ok(Network { client })
    }
}

impl Transport for Network {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        Box::pin(async move {
            let (timeout, limit) = (request.timeout, request.response_limit);
            let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap_or_default();
            let mut builder = self.client.request(method, request.url).timeout(timeout).body(request.body);
            for (name, value) in request.headers {
                builder = builder.header(name, value);
            }
            let mut response = builder.send().await.map_err(|error| classified(error, timeout))?;
            let status = response.status().as_u16();
            let headers = response
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect();
            let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
            if announced.is_some_and(|length| length > limit) {
                return Err(TransportError::TooLarge(limit));
            }
            let mut body = Vec::with_capacity(announced.unwrap_or_default());
            while let Some(chunk) = response.chunk().await.map_err(|error| classified(error, timeout))? {
                if body.len() + chunk.len() > limit {
                    return Err(TransportError::TooLarge(limit));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(InboundResponse { status, headers, body })
        })
    }
}

/// What reqwest tells: it knows when no connection was made, and nothing finer about what was sent.
fn classified(error: reqwest::Error, timeout: Duration) -> TransportError {
    let (unconnected, late) = (error.is_connect() || error.is_dns(), error.is_timeout());
    let reason = innermost(&error.without_url());
    if unconnected {
        TransportError::Unreachable(reason)
    } else if late {
        TransportError::TimedOut(timeout)
    } else {
        TransportError::Broken(reason)
    }
}

/// The reason at the bottom: `Connection refused` rather than `error sending request`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut reason = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}
