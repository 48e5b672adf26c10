//! The verdict: a pure function from a grant, a target and the addresses that its host resolved to.

use std::net::IpAddr;

use super::address::AddressKind;
use super::grant::Grant;
use super::target::{Target, TargetHost};

/// Reason why a request may not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyViolation {
    /// No grant covers this origin.
    #[error("{origin} was not granted; add it to the account's `allow` if it should be")]
    Origin {
        /// The requested origin.
        origin: String,
    },
    /// The host is, or resolved to, an address of a kind that the grant does not allow. One is enough.
    #[error(
        "{host} is at {address}, a {kind} address; add \"{kind}\" to the grant's `addresses` if it should be reached"
    )]
    Address {
        /// The requested host.
        host: String,
        /// The first disallowed address.
        address: IpAddr,
        /// Kind of the address.
        kind: AddressKind,
    },
    /// The name resolved to no address.
    #[error("{host} has no address")]
    NoAddress {
        /// The name.
        host: String,
    },
}

/// Whether a request to `target` may be sent under `grant`, when its host has the addresses `resolved`.
///
/// All addresses must be allowed, not only one: a name with both a good and a bad address is refused. A host written as an
/// address needs no resolving and is judged as well.
///
/// # Errors
/// The reason why it may not.
pub fn judge(grant: &Grant, target: &Target, resolved: &[IpAddr]) -> Result<(), PolicyViolation> {
    if !grant.covers(target) {
        return Err(PolicyViolation::Origin { origin: target.origin.to_string() });
    }
    let host = &target.origin.host;
    let written = match host {
        TargetHost::Address(address) => Some(address),
        TargetHost::Name(_) => None,
    };
    if written.is_none() && resolved.is_empty() {
        return Err(PolicyViolation::NoAddress { host: host.to_string() });
    }
    written.into_iter().chain(resolved).try_for_each(|address| {
        grant.reaches(*address).map_err(|kind| PolicyViolation::Address {
            host: host.to_string(),
            address: *address,
            kind,
        })
    })
}

/// The grant that covers a target: one for exactly its host takes precedence over one open to subdomains.
#[must_use]
pub fn grant_for<'a>(grants: &'a [std::sync::Arc<Grant>], target: &Target) -> Option<&'a std::sync::Arc<Grant>> {
    let covering = || grants.iter().filter(|grant| grant.covers(target));
    covering().find(|grant| !grant.is_open()).or_else(|| covering().next())
}
