//! What may leave the process, and how it does: grants, the verdict on a request, and a client that obeys it.
//!
//! [`judge`] is the whole policy, a pure function from a grant, a [`Target`] and the addresses that its host was
//! resolved to. The client under `client` asks it before it dials, dials one of the judged addresses and no other, and
//! keeps a connection only for requests that would have been allowed to make it. Nothing else in this crate opens a
//! socket.

mod address;
pub(crate) mod client;
mod departure;
mod exchange;
mod failure;
mod grant;
mod judge;
mod nat64;
mod network;
mod progress;
mod reads;
mod request;
mod resolve;
mod target;

pub use address::AddressKind;
pub use grant::{BadGrant, Grant, GrantSpec};
pub use judge::{PolicyViolation, grant_for, judge};
pub use nat64::{BadNat64Prefix, Nat64Prefix};
pub use reads::{BadReadRule, ReadRule};
pub use resolve::{Resolver, Resolving, SystemResolver};
pub use target::{BadTarget, Origin, Scheme, Target, TargetHost};

pub(crate) use target::is_query;

pub use crate::error::{SetupFailure, SetupProblem};

/// How requests leave the process, after they were granted.
///
/// [`Network`](transport::Network) sends them over the network. An application may put a [`Transport`](transport::Transport)
/// of its own in its place, to answer from memory in a test or to go through a gateway of its own.
pub mod transport {
    pub use super::departure::Departure;
    pub use super::exchange::{Exchange, Transport};
    pub use super::failure::TransportError;
    pub use super::network::{Network, NetworkBuilder};
    pub use super::progress::Progress;
    pub use super::request::{InboundResponse, OutboundRequest, Sender};
    pub use crate::error::{SetupFailure, SetupProblem};
    pub use stockbridge_model::SendWindow;
}
