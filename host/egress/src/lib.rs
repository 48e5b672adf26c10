//! An HTTP client against SSRF: every request is judged by a grant before and after its host is resolved, and the client knows
//! whether a byte of it left.
//!
//! A URL from outside is requested only where a [`Grant`] allows its origin, and only at public addresses unless
//! the grant says otherwise. The resolved addresses are judged, and one of these is dialled, so that a name whose address
//! changes in between reaches nothing.
//!
//! ```no_run
//! # async fn example(url: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use stockbridge_egress::{GrantSpec, Target};
//! use stockbridge_egress::transport::{Network, OutboundRequest, Transport};
//!
//! let grant = GrantSpec::new("https://*.example.com").parse()?;
//! let request = OutboundRequest::get(Target::parse(url)?, grant.into());
//! match Network::new()?.send(request).await {
//!     Ok(answer) => println!("{}: {} bytes", answer.status, answer.body.len()),
//!     Err(error) if error.sent() => println!("it may have arrived: {error}"),
//!     Err(error) => println!("nothing left: {error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`judge`] is the whole policy, a pure function from a grant, a [`Target`] and the addresses that its host resolved to.
//! The client calls it before it dials, dials only one of the judged addresses, and reuses a connection only for requests that
//! would have been allowed to make it. It follows no redirect, uses no proxy, keeps no cookie, decompresses nothing, repeats
//! nothing, and sends the URL as it was written.
//!
//! Without the feature `client` the crate has everything but the client: grants and [`judge`] for a client of your own. With
//! `tower` a tower service can be that client.
//!
//! # TLS
//!
//! rustls, with the cryptography provider that the application installed; where it installed none, with the one of the feature
//! `tls-aws-lc` (on by default) or `tls-ring`.

mod address;
#[cfg(feature = "client")]
mod client;
mod departure;
mod exchange;
mod failure;
mod grant;
mod http_types;
mod judge;
mod nat64;
#[cfg(feature = "client")]
mod network;
mod progress;
mod reads;
mod request;
#[cfg(feature = "client")]
mod resolve;
mod setup_failure;
mod target;
#[cfg(feature = "tower")]
mod tower;

pub use address::AddressKind;
pub use grant::{BadGrant, Grant, GrantSpec};
pub use judge::{PolicyViolation, grant_for, judge};
pub use nat64::{BadNat64Prefix, Nat64Prefix};
pub use reads::{BadReadRule, ReadRule};
#[cfg(feature = "client")]
pub use resolve::{Resolver, Resolving, SystemResolver};
pub use target::{BadTarget, Origin, Scheme, Target, TargetHost};

#[cfg(feature = "client")]
pub use network::NetworkError;
pub use setup_failure::{SetupFailure, SetupProblem};
pub use target::is_query;

/// Transports, which send granted requests out of the process.
///
/// `Network` sends them over the network. An application may replace it by a [`Transport`](transport::Transport) of its
/// own, to answer from memory in a test or to send through a gateway.
pub mod transport {
    pub use super::departure::Departure;
    pub use super::exchange::{Exchange, Transport};
    pub use super::failure::TransportError;
    pub use super::http_types::RequestContext;
    #[cfg(feature = "client")]
    pub use super::network::{Network, NetworkBuilder, NetworkError};
    pub use super::progress::Progress;
    pub use super::request::{InboundResponse, OutboundRequest, Sender};
    pub use super::setup_failure::{SetupFailure, SetupProblem};
    #[cfg(feature = "tower")]
    pub use super::tower::TowerTransport;
    pub use stockbridge_model::SendWindow;
}
