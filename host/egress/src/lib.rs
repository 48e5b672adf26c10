//! An HTTP client against SSRF: every request is judged by a grant before and after its host is resolved, and it is known
//! whether a byte of it left.
//!
//! A URL that somebody else chose is asked for where a [`Grant`] allows its origin, and at public addresses alone unless the
//! grant says otherwise. What the name was resolved to is what is judged and what is dialled, so that a name that changes
//! its address in between reaches nothing.
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
//! [`judge`] is the whole policy, a pure function from a grant, a [`Target`] and the addresses that its host was
//! resolved to. The client asks it before it dials, dials one of the judged addresses and no other, and keeps a connection
//! only for requests that would have been allowed to make it. It follows no redirect, uses no proxy, keeps no cookie,
//! decompresses nothing, repeats nothing, and sends the URL as it was written.
//!
//! Without the feature `client` there is everything but the client: the grants and the verdict for one of your own. With
//! `tower` a tower service can be one.
//!
//! # TLS
//!
//! rustls, with the cryptography that the application installed; where it installed none, with that of the feature
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

/// How requests leave the process, after they were granted.
///
/// `Network` sends them over the network. An application may put a [`Transport`](transport::Transport)
/// of its own in its place, to answer from memory in a test or to go through a gateway of its own.
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
