//! What may leave the process, and how it does: grants, the verdict on a request, and a client that obeys it.
//!
//! [`judge`] is the whole policy, a pure function from a grant, a [`Target`] and the addresses that its host was
//! resolved to. The client under `client` asks it before it dials, dials one of the judged addresses and no other, and
//! keeps a connection only for requests that would have been allowed to make it. Nothing else in this crate opens a
//! socket.

mod address;
pub(crate) mod client;
mod departure;
mod grant;
mod judge;
mod nat64;
mod reads;
mod resolve;
mod target;
pub mod transport;

pub use address::AddressKind;
pub use grant::{BadGrant, Grant, Granted};
pub use judge::{Denied, grant_for, judge};
pub use nat64::{BadNat64Prefix, Nat64Prefix};
pub use reads::{BadReadRule, ReadRule};
pub use resolve::{Resolver, Resolving, SystemResolver};
pub use target::{BadTarget, Origin, Scheme, Target, TargetHost};

pub(crate) use target::is_query;

pub use crate::error::{SetupFailure, SetupProblem};
