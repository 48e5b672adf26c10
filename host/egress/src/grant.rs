//! Grants: the origins that an operator allows, and the kinds of address that their hosts may have.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use super::address::AddressKind;
use super::nat64::{self, Nat64Prefix};
use super::reads::ReadRule;
use super::target::{self, Origin, Scheme, Target, TargetHost};

/// An origin that an account may connect to, as written in a configuration.
///
/// `https://api.example.com`, `http://10.0.0.7:8080`, or with one wildcard label: `https://*.example.com`. Plain http is
/// allowed by writing `http`. The host may be, or resolve to, only public addresses unless
/// [`addresses`](GrantSpec::addresses) says otherwise:
///
/// ```
/// use stockbridge_egress::{AddressKind, GrantSpec};
///
/// let provider = GrantSpec::from("https://api.example.com");
/// let simulator = GrantSpec::from("http://127.0.0.1:8080").addresses([AddressKind::Loopback]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantSpec {
    origin: String,
    addresses: Option<BTreeSet<AddressKind>>,
    reads: Option<BTreeSet<ReadRule>>,
}

impl GrantSpec {
    /// Grants an origin at public addresses.
    #[must_use]
    pub fn new(origin: impl Into<String>) -> GrantSpec {
        GrantSpec { origin: origin.into(), addresses: None, reads: None }
    }

    /// Sets the kinds of address that the origin's host may have, in place of public ones.
    #[must_use]
    pub fn addresses(mut self, kinds: impl IntoIterator<Item = AddressKind>) -> GrantSpec {
        self.addresses = Some(kinds.into_iter().collect());
        self
    }

    /// Limits the requests that may count as reads at this origin, whatever the connector says. Any other is sent as a write, or
    /// not at all.
    ///
    /// The rules distinguish methods and paths. Where a gateway takes the name of its method in the query or the body, every
    /// request to it is of one kind.
    /// request of it is of one kind.
    #[must_use]
    pub fn reads(mut self, rules: impl IntoIterator<Item = ReadRule>) -> GrantSpec {
        self.reads = Some(rules.into_iter().collect());
        self
    }

    /// The kinds of address that the grant names; none where it names none, which means public ones.
    #[must_use]
    pub fn address_kinds(&self) -> Option<&BTreeSet<AddressKind>> {
        self.addresses.as_ref()
    }

    /// The requests that may count as reads; none where any may.
    #[must_use]
    pub fn read_rules(&self) -> Option<&BTreeSet<ReadRule>> {
        self.reads.as_ref()
    }

    /// The origin as it was written.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Parses the grant.
    ///
    /// # Errors
    /// It is not an origin, or could never be used: an address of a kind that it does not allow.
    pub fn parse(&self) -> Result<Grant, BadGrant> {
        let written = &self.origin;
        let wrong = |problem: &str| BadGrant { problem: format!("`{written}` {problem}"), fix: ORIGIN.to_owned() };
        let (scheme, authority) = match written.split_once("://") {
            Some(("https", authority)) => (Scheme::Https, authority),
            Some(("http", authority)) => (Scheme::Http, authority),
            Some(_) => return Err(wrong("is neither http nor https")),
            None => return Err(wrong("is not an origin: it has no scheme")),
        };
        if authority.contains(['/', '?', '#', '@']) {
            return Err(wrong("is more than an origin"));
        }
        let (open, rest) = authority.strip_prefix("*.").map_or((false, authority), |rest| (true, rest));
        let origin = target::origin(scheme, rest).map_err(|problem| wrong(&format!("is not an origin: {problem}")))?;
        if open && !matches!(&origin.host, TargetHost::Name(name) if name.contains('.')) {
            return Err(wrong("is open to more than the subdomains of one domain"));
        }
        let addresses = self.addresses.clone().unwrap_or_else(|| BTreeSet::from([AddressKind::Public]));
        if addresses.is_empty() {
            return Err(BadGrant {
                problem: format!("`{written}` may have no address of any kind"),
                fix: format!("name one or more of {}", kinds(AddressKind::ALL)),
            });
        }
        let granted = Grant { origin, open, addresses, reads: self.reads.clone(), nat64: Vec::new() };
        match granted.origin.host {
            TargetHost::Address(address) => granted.reaches(address).map(|()| granted).map_err(|kind| BadGrant {
                problem: format!("`{written}` is a {kind} address, which the grant does not allow"),
                fix: format!("write {{ origin = \"{written}\", addresses = [\"{kind}\"] }} if it should be reached"),
            }),
            TargetHost::Name(_) => Ok(granted),
        }
    }
}

/// Formats the grant: `https://api.example.com`, or `http://127.0.0.1:8080 (loopback)`.
impl fmt::Display for GrantSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin)?;
        match &self.addresses {
            None => Ok(()),
            Some(addresses) => write!(formatter, " ({})", kinds(addresses.iter().copied())),
        }
    }
}

impl From<&str> for GrantSpec {
    fn from(origin: &str) -> GrantSpec {
        GrantSpec::new(origin)
    }
}

impl From<String> for GrantSpec {
    fn from(origin: String) -> GrantSpec {
        GrantSpec::new(origin)
    }
}

impl From<&String> for GrantSpec {
    fn from(origin: &String) -> GrantSpec {
        GrantSpec::new(origin)
    }
}

const ORIGIN: &str = "write an origin, as in \"https://api.example.com\"";

/// An error in a grant, with its fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {fix}")]
#[non_exhaustive]
pub struct BadGrant {
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub fix: String,
}

/// A parsed grant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    origin: Origin,
    /// Whether the host is preceded by one wildcard label.
    open: bool,
    addresses: BTreeSet<AddressKind>,
    /// The requests that may count as reads; none: whatever the connector says.
    reads: Option<BTreeSet<ReadRule>>,
    nat64: Vec<Nat64Prefix>,
}

impl Grant {
    /// The same grant in a network with these NAT64 translators.
    #[must_use]
    pub fn behind(mut self, nat64: &[Nat64Prefix]) -> Grant {
        self.nat64 = nat64.to_vec();
        self
    }

    /// The NAT64 translators by which addresses are judged.
    #[cfg(feature = "client")]
    pub(super) fn translators(&self) -> &[Nat64Prefix] {
        &self.nat64
    }

    /// Whether a request may count as a read.
    ///
    /// # Errors
    /// The requests that may.
    pub fn may_read(&self, method: &str, path: &str) -> Result<(), String> {
        match &self.reads {
            Some(reads) if !reads.iter().any(|rule| rule.covers(method, path)) => {
                Err(reads.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
            }
            _ => Ok(()),
        }
    }

    /// Whether the target has the grant's scheme, host and port.
    #[must_use]
    pub fn covers(&self, target: &Target) -> bool {
        let origin = &target.origin;
        origin.scheme == self.origin.scheme && origin.port == self.origin.port && self.covers_host(&origin.host)
    }

    fn covers_host(&self, host: &TargetHost) -> bool {
        match (host, &self.origin.host) {
            (TargetHost::Name(name), TargetHost::Name(granted)) if self.open => name
                .strip_suffix(granted.as_str())
                .and_then(|label| label.strip_suffix('.'))
                .is_some_and(|label| !label.is_empty() && !label.contains('.')),
            (host, granted) => !self.open && host == granted,
        }
    }

    /// Whether an address is of a kind that the grant allows.
    ///
    /// # Errors
    /// The kind of the address, which is not allowed.
    pub fn reaches(&self, address: IpAddr) -> Result<(), AddressKind> {
        let kind = AddressKind::of(nat64::translated(&self.nat64, address));
        if self.addresses.contains(&kind) { Ok(()) } else { Err(kind) }
    }

    /// Whether the grant covers all subdomains of a domain.
    #[must_use]
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// The allowed kinds of address.
    #[must_use]
    pub fn kinds(&self) -> &BTreeSet<AddressKind> {
        &self.addresses
    }
}

/// Lists the kinds' names: `public, loopback`.
fn kinds(kinds: impl IntoIterator<Item = AddressKind>) -> String {
    kinds.into_iter().map(AddressKind::name).collect::<Vec<_>>().join(", ")
}
