//! The transport over the network.

use std::fmt;
use std::sync::Arc;

use super::client::{self, Client};
use super::exchange::{Exchange, Transport};
use super::request::OutboundRequest;
use super::resolve::{Resolver, SystemResolver};

/// The network: HTTP/1.1, with TLS by rustls and Mozilla's root certificates.
///
/// Its cryptography is that of rustls' provider which the application has installed when it is made; else that of this
/// crate's feature, see [the crate's page](crate#tls).
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
    /// With connections of its own, and names resolved by the system.
    ///
    /// # Errors
    /// TLS cannot be set up: [`NetworkError::NoTlsProvider`] where neither the application installed one nor a feature names one.
    pub fn new() -> Result<Network, NetworkError> {
        Network::builder().build()
    }

    /// With something other than the defaults.
    pub fn builder() -> NetworkBuilder {
        NetworkBuilder { resolver: Arc::new(SystemResolver::default()), trusted: Vec::new() }
    }

    /// Connections that are kept open for the next request.
    #[must_use]
    pub fn idle_connections(&self) -> usize {
        self.client.idle()
    }
}

/// Why there is no [`Network`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// rustls has no provider of cryptography that this crate could use.
    #[error(
        "no TLS: rustls has no provider of cryptography here; turn on the feature `tls-aws-lc` or `tls-ring`, or install the \
         application's own (`CryptoProvider::install_default`) before"
    )]
    NoTlsProvider,
    /// TLS cannot be set up: what is to be trusted is no certificate, for one.
    #[error("no TLS ({0})")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Makes a [`Network`] with something other than the defaults.
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
    /// Names are resolved by this, in place of the system.
    pub fn resolver(mut self, resolver: impl Resolver) -> NetworkBuilder {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Trusts what this certificate has signed, besides Mozilla's root certificates: a certificate authority of the
    /// operator's own, in DER. It holds for every host: who has its key can pass for any of them.
    pub fn trust(mut self, certificate: impl Into<Vec<u8>>) -> NetworkBuilder {
        self.trusted.push(certificate.into());
        self
    }

    /// The network.
    ///
    /// # Errors
    /// What is to be trusted is no certificate, or TLS cannot be set up.
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
