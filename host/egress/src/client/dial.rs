//! Making a connection: the name is resolved once, all its addresses are judged, and one of them is dialled.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;

use super::connection::Connection;
use super::counting::Counting;
use super::lookups::Lookups;
use super::sessions::Sessions;
use super::setup::{classify_handshake, is_reserved_name};
use super::socket::Socket;
use super::{CONNECT_TIMEOUT, innermost};
use crate::failure::TransportError;
use crate::judge::judge;
use crate::request::OutboundRequest;
use crate::resolve::Resolver;
use crate::setup_failure::{SetupFailure, SetupProblem};
use crate::target::{Origin, Scheme, TargetHost};

/// Maximum number of addresses of a name. A name with more is refused: no real one needs them.
const MAX_ADDRESSES: usize = 64;

pub(super) struct Dialer {
    lookups: Lookups,
    sessions: Sessions,
}

impl Dialer {
    /// Trusts Mozilla's root certificates, and the given ones, in DER.
    pub(super) fn new(
        resolver: Arc<dyn Resolver>,
        trusted: Vec<Vec<u8>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Dialer, rustls::Error> {
        let mut roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<rustls::RootCertStore>();
        for certificate in trusted {
            roots.add(certificate.into())?;
        }
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Dialer { lookups: Lookups::new(resolver), sessions: Sessions::new(tls) })
    }

    /// Makes a new connection for a request, if allowed. Nothing of the request is sent.
    pub(super) async fn dial(&self, request: &OutboundRequest) -> Result<Connection, TransportError> {
        let making = async {
            let origin = &request.target.origin;
            let addresses = self.addresses(request).await?;
            let (tcp, peer) = connect(&addresses, origin).await?;
            let (socket, wire) = Socket::over(tcp);
            let stream = self.secure(socket, request, peer).await?;
            Connection::over(stream, wire, peer).await.map_err(|error| unreachable_because(origin, peer, &error))
        };
        let late = |_| {
            let (origin, limit) = (&request.target.origin, CONNECT_TIMEOUT.as_secs());
            TransportError::Unreachable(format!("{origin} did not accept one within {limit} s"))
        };
        tokio::time::timeout(CONNECT_TIMEOUT, making).await.map_err(late)?
    }

    /// Resolves the request's host and judges all its addresses.
    async fn addresses(&self, request: &OutboundRequest) -> Result<Vec<IpAddr>, TransportError> {
        let target = &request.target;
        let refused = |denied: crate::PolicyViolation| TransportError::Refused(denied.to_string());
        let addresses = match &target.origin.host {
            TargetHost::Address(address) => vec![*address],
            host @ TargetHost::Name(_) if is_reserved_name(host) => return Err(unknown(&target.origin, "RFC 6761")),
            TargetHost::Name(name) => self
                .lookups
                .resolve(request.sender.name(), name)
                .await
                .map_err(|error| unresolved(&target.origin, &error))?,
        };
        if addresses.len() > MAX_ADDRESSES {
            return Err(TransportError::Refused(format!(
                "{} has more than {MAX_ADDRESSES} addresses",
                target.origin.host
            )));
        }
        judge(&request.grant, target, &addresses).map_err(refused)?;
        Ok(addresses)
    }

    async fn secure(
        &self,
        tcp: Socket,
        request: &OutboundRequest,
        peer: SocketAddr,
    ) -> Result<Counting, TransportError> {
        let origin = &request.target.origin;
        let tcp = Counting::over(tcp);
        if origin.scheme == Scheme::Http {
            return Ok(tcp);
        }
        let below = tcp.written().clone();
        let name = match &origin.host {
            TargetHost::Name(name) => {
                ServerName::try_from(name.clone()).map_err(|error| unreachable_because(origin, peer, &error))?
            }
            TargetHost::Address(address) => ServerName::from(*address),
        };
        let tls = self.sessions.of(request.sender.application());
        let stream = tls.connect(name, tcp).await.map_err(|error| unsecured(origin, peer, &error))?;
        Ok(Counting::over_tls(stream, below))
    }
}

/// The error for a host name that does not exist.
fn unknown(origin: &Origin, detail: &str) -> TransportError {
    TransportError::Setup(SetupFailure::new(SetupProblem::NameUnknown, origin, None, detail))
}

fn unresolved(origin: &Origin, error: &io::Error) -> TransportError {
    if error.kind() == io::ErrorKind::NotFound {
        return unknown(origin, &innermost(error));
    }
    TransportError::Unreachable(format!("the name of {origin} could not be resolved ({error})"))
}

/// Error of a failed handshake: one that would fail again is a set-up error, others are transient.
fn unsecured(origin: &Origin, peer: SocketAddr, error: &io::Error) -> TransportError {
    let problem = error.get_ref().and_then(|inner| inner.downcast_ref()).and_then(classify_handshake);
    match problem {
        Some(problem) => TransportError::Setup(SetupFailure::new(problem, origin, Some(peer), innermost(error))),
        None => TransportError::Unreachable(format!(
            "{origin} at {peer} ended the connection while TLS was set up ({})",
            innermost(error)
        )),
    }
}

/// Connects to the first address that answers. Each gets an equal share of the remaining time, so that a dead one leaves some
/// for the next.
async fn connect(addresses: &[IpAddr], origin: &Origin) -> Result<(TcpStream, SocketAddr), TransportError> {
    let begun = Instant::now();
    let mut reason = format!("{origin} has no address");
    for (tried, address) in addresses.iter().enumerate() {
        let peer = SocketAddr::new(*address, origin.port);
        let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let share = CONNECT_TIMEOUT.saturating_sub(begun.elapsed()) / left;
        match tokio::time::timeout(share, TcpStream::connect(peer)).await {
            Ok(Ok(tcp)) => {
                // A request goes out whole: waiting for more of it would only delay it.
                tcp.set_nodelay(true).map_err(|error| unreachable_because(origin, peer, &error))?;
                return Ok((tcp, peer));
            }
            Ok(Err(error)) => reason = not_reached(origin, peer, &error),
            Err(_) => reason = format!("{origin} at {peer} did not answer within {} ms", share.as_millis()),
        }
    }
    Err(TransportError::Unreachable(reason))
}

fn unreachable_because(origin: &Origin, peer: SocketAddr, error: &dyn std::error::Error) -> TransportError {
    TransportError::Unreachable(not_reached(origin, peer, error))
}

fn not_reached(origin: &Origin, peer: SocketAddr, error: &dyn std::error::Error) -> String {
    format!("{origin} at {peer} ({})", innermost(error))
}
