//! The verdict: a pure function from a grant, a target and what its host was resolved to.

use std::net::IpAddr;

use super::address::AddressKind;
use super::grant::Grant;
use super::target::{Target, TargetHost};

/// Why a request may not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyViolation {
    /// No grant is for this origin.
    #[error("{origin} was not granted; add it to the account's `allow` if it should be")]
    Origin {
        /// Who was to be asked.
        origin: String,
    },
    /// The host is, or was resolved to, an address of a kind that the grant does not allow. One is enough.
    #[error(
        "{host} is at {address}, a {kind} address; add \"{kind}\" to the grant's `addresses` if it should be reached"
    )]
    Address {
        /// The host, as it was asked for.
        host: String,
        /// The first such address.
        address: IpAddr,
        /// What kind it is.
        kind: AddressKind,
    },
    /// The name was resolved to nothing.
    #[error("{host} has no address")]
    NoAddress {
        /// The name.
        host: String,
    },
}

/// Whether a request to `target` may be sent under `grant`, when its host has the addresses `resolved`.
///
/// All addresses must be allowed, not only one: a name with a good and a bad address is a bad name. An address that
/// is written out needs no resolving and is judged besides.
///
/// # Errors
/// Why it may not.
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

/// The grant that a target falls under: one for exactly its host before one that is open to many.
#[must_use]
pub fn grant_for<'a>(grants: &'a [std::sync::Arc<Grant>], target: &Target) -> Option<&'a std::sync::Arc<Grant>> {
    let covering = || grants.iter().filter(|grant| grant.covers(target));
    covering().find(|grant| !grant.is_open()).or_else(|| covering().next())
}
