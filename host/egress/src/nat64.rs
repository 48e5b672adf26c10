//! Network-specific NAT64 prefixes of translators from IPv6 to IPv4 (RFC 6052): behind one, a public IPv6 address may lead to a
//! private IPv4 address. Only the network's operator knows them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Valid lengths of a prefix, in bits (RFC 6052, section 2.2).
const LENGTHS: [u8; 6] = [32, 40, 48, 56, 64, 96];
/// Index of the byte that no address uses: bits 64 to 71.
const UNUSED: usize = 8;

/// A prefix that a translator of this network uses in addition to the well-known `64:ff9b::/96`: `2001:db8:64::/96`.
///
/// An address with this prefix is judged as the IPv4 address that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nat64Prefix {
    prefix: Ipv6Addr,
    length: u8,
}

impl Nat64Prefix {
    /// The IPv4 address that the translator forwards to; none for an address without this prefix.
    #[must_use]
    pub fn embedded(self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        let differs = address.to_bits() ^ self.prefix.to_bits();
        if differs.leading_zeros() < u32::from(self.length) {
            return None;
        }
        let from = usize::from(self.length / 8);
        let bytes = address.octets().into_iter().enumerate().skip(from).filter(|(place, _)| *place != UNUSED);
        let mut embedded = [0; 4];
        embedded.iter_mut().zip(bytes).for_each(|(byte, (_, found))| *byte = found);
        Some(embedded.into())
    }
}

/// The address to judge: the translated one, if a translator handles it.
pub(super) fn translated(prefixes: &[Nat64Prefix], address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    prefixes.iter().find_map(|prefix| prefix.embedded(v6)).map_or(address, IpAddr::V4)
}

/// A text that is not a NAT64 prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a translator's prefix; write an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits, as in \"2001:db8:64::/96\""
)]
pub struct BadNat64Prefix;

impl FromStr for Nat64Prefix {
    type Err = BadNat64Prefix;

    fn from_str(text: &str) -> Result<Nat64Prefix, BadNat64Prefix> {
        let (prefix, length) = text.split_once('/').ok_or(BadNat64Prefix)?;
        let prefix: Ipv6Addr = prefix.parse().map_err(|_| BadNat64Prefix)?;
        let length = length.parse().ok().filter(|length| LENGTHS.contains(length)).ok_or(BadNat64Prefix)?;
        let is_whole = prefix.to_bits().checked_shl(u32::from(length)).unwrap_or_default() == 0;
        if is_whole { Ok(Nat64Prefix { prefix, length }) } else { Err(BadNat64Prefix) }
    }
}

impl fmt::Display for Nat64Prefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.prefix, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of RFC 6052, section 2.4: `192.0.2.33` behind each length.
    #[test]
    fn the_embedded_address_is_that_of_the_rfc() {
        for (prefix, address) in [
            ("2001:db8::/32", "2001:db8:c000:221::"),
            ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
            ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100:0"),
            ("2001:db8:122:344::/96", "2001:db8:122:344::c000:221"),
        ] {
            let prefix: Nat64Prefix = prefix.parse().unwrap();
            let address = address.parse().unwrap();
            assert_eq!(prefix.embedded(address), Some(Ipv4Addr::new(192, 0, 2, 33)), "{prefix}");
            assert_eq!(prefix.embedded("2400::1".parse().unwrap()), None);
            assert_eq!(prefix.to_string().parse(), Ok(prefix));
        }
        for bad in ["2001:db8::", "2001:db8::/33", "2001:db8:1::/32", "10.0.0.0/8", "::/0", "x/96"] {
            assert_eq!(bad.parse::<Nat64Prefix>(), Err(BadNat64Prefix), "{bad}");
        }
    }
}
