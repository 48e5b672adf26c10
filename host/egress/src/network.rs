//! The transport over the network.

use std::fmt;
use std::sync::Arc;

use super::client::{self, Client};
use super::exchange::{Exchange, Transport};
use super::request::OutboundRequest;
use super::resolve::{Resolver, SystemResolver};

/// The network: HTTP/1.1, with TLS by rustls and Mozilla's root certificates.
///
/// Cryptography comes from the rustls provider that the application has installed when this is made, otherwise from the
/// provider of this crate's feature: see [the crate's page](crate#tls).
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
    /// A network with its own connections, whose names the system resolves.
    ///
    /// # Errors
    /// TLS cannot be set up: [`NetworkError::NoTlsProvider`] where neither the application installed one nor a feature names one.
    pub fn new() -> Result<Network, NetworkError> {
        Network::builder().build()
    }

    /// A builder, to change the defaults.
    pub fn builder() -> NetworkBuilder {
        NetworkBuilder { resolver: Arc::new(SystemResolver::default()), trusted: Vec::new() }
    }

    /// Number of connections kept open for later requests.
    #[must_use]
    pub fn idle_connections(&self) -> usize {
        self.client.idle()
    }
}

/// Reason why no [`Network`] could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// No cryptography provider for rustls is available to this crate.
    #[error(
        "no TLS: rustls has no provider of cryptography here; turn on the feature `tls-aws-lc` or `tls-ring`, or install the \
         application's own (`CryptoProvider::install_default`) before"
    )]
    NoTlsProvider,
    /// TLS cannot be set up, for example because a certificate to trust is malformed.
    #[error("no TLS ({0})")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Builds a [`Network`] with changed defaults.
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
    /// Replaces the system's resolver.
    pub fn resolver(mut self, resolver: impl Resolver) -> NetworkBuilder {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Trusts certificates signed by this one, besides Mozilla's roots: a certificate authority of the operator, in DER. It is
    /// trusted for every host: the holder of its key can impersonate any of them.
    pub fn trust(mut self, certificate: impl Into<Vec<u8>>) -> NetworkBuilder {
        self.trusted.push(certificate.into());
        self
    }

    /// Builds the network.
    ///
    /// # Errors
    /// A certificate to trust is malformed, or TLS cannot be set up.
    pub fn build(self) -> Result<Network, NetworkError> {
        let provider = client::provider().ok_or(NetworkError::NoTlsProvider)?;
        let client =
            Client::new(self.resolver, self.trusted, provider).map_err(|error| NetworkError::Tls(error.into()))?;
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
