//! Kinds of IP address: public, or one of the special-purpose ranges of the IANA registries.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Kind of an IP address. Only public addresses are reached unless a grant names other kinds.
///
/// From IANA's registries of special-purpose addresses for IPv4 and IPv6. An IPv6 address that embeds an IPv4 address
/// (`::ffff:127.0.0.1`, `64:ff9b::7f00:1`) has the kind of the latter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AddressKind {
    /// An address on the internet.
    Public,
    /// This machine: `127.0.0.0/8`, `::1`. Also `0.0.0.0` and `::`, which connect to this machine when dialled.
    Loopback,
    /// A private network: `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`, `fc00::/7`.
    Private,
    /// Between a carrier and its customers: `100.64.0.0/10`. Clouds also use it internally.
    Shared,
    /// The same link: `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// A cloud's metadata service, which gives a machine its credentials: `169.254.169.254`, `100.100.100.200`, `fd00:ec2::254` …
    Metadata,
    /// Multicast: `224.0.0.0/4`, `ff00::/8`.
    Multicast,
    /// For documentation, benchmarks, transition, future use, or nothing: `0.0.0.0/8`, `198.18.0.0/15`, `240.0.0.0/4` …
    Reserved,
}

impl AddressKind {
    /// All kinds.
    pub const ALL: [AddressKind; 8] = [
        AddressKind::Public,
        AddressKind::Loopback,
        AddressKind::Private,
        AddressKind::Shared,
        AddressKind::LinkLocal,
        AddressKind::Metadata,
        AddressKind::Multicast,
        AddressKind::Reserved,
    ];

    /// The kind of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> AddressKind {
        match address {
            IpAddr::V4(address) => v4(address),
            IpAddr::V6(address) => v6(address),
        }
    }

    /// Name of the kind in a configuration, such as `link-local`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AddressKind::Public => "public",
            AddressKind::Loopback => "loopback",
            AddressKind::Private => "private",
            AddressKind::Shared => "shared",
            AddressKind::LinkLocal => "link-local",
            AddressKind::Metadata => "metadata",
            AddressKind::Multicast => "multicast",
            AddressKind::Reserved => "reserved",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<AddressKind> {
        AddressKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for AddressKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Metadata services of clouds, which also hand out credentials: AWS (also for containers), Google, Azure, Alibaba,
/// Tencent, Volcengine, Oracle, Scaleway, OpenStack, Akamai including the former Linode. Azure's address is in a public range.
const METADATA_V4: [[u8; 4]; 9] = [
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [169, 254, 170, 23],
    [169, 254, 42, 42],
    [169, 254, 0, 23],
    [100, 100, 100, 200],
    [100, 96, 0, 96],
    [168, 63, 129, 16],
    [192, 0, 0, 192],
];
const METADATA_V6: [[u16; 8]; 7] = [
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23],
    [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
    [0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42],
    [0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1],
    [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe],
    [0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe],
];

/// Ranges with their prefix lengths, the narrower first. An address outside all of them is public.
const V4: [([u8; 4], u32, AddressKind); 16] = [
    ([0, 0, 0, 0], 32, AddressKind::Loopback),
    ([0, 0, 0, 0], 8, AddressKind::Reserved),
    ([10, 0, 0, 0], 8, AddressKind::Private),
    ([100, 64, 0, 0], 10, AddressKind::Shared),
    ([127, 0, 0, 0], 8, AddressKind::Loopback),
    ([169, 254, 0, 0], 16, AddressKind::LinkLocal),
    ([172, 16, 0, 0], 12, AddressKind::Private),
    ([192, 0, 0, 0], 24, AddressKind::Reserved),
    ([192, 0, 2, 0], 24, AddressKind::Reserved),
    ([192, 88, 99, 0], 24, AddressKind::Reserved),
    ([192, 168, 0, 0], 16, AddressKind::Private),
    ([198, 18, 0, 0], 15, AddressKind::Reserved),
    ([198, 51, 100, 0], 24, AddressKind::Reserved),
    ([203, 0, 113, 0], 24, AddressKind::Reserved),
    ([224, 0, 0, 0], 4, AddressKind::Multicast),
    ([240, 0, 0, 0], 4, AddressKind::Reserved),
];

/// Ranges with their prefix lengths, the narrower first. An address outside all of them was never allocated.
const V6: [([u16; 8], u32, AddressKind); 11] = [
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, AddressKind::Loopback),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, AddressKind::Loopback),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, AddressKind::Private),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, AddressKind::LinkLocal),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, AddressKind::Private),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, AddressKind::Multicast),
    // The IETF's protocol assignments, including Teredo, ORCHID and benchmarking; documentation, twice; 6to4.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, AddressKind::Reserved),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, AddressKind::Reserved),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, AddressKind::Reserved),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, AddressKind::Reserved),
    // Global unicast: all that has been allocated so far.
    ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, AddressKind::Public),
];

fn v4(address: Ipv4Addr) -> AddressKind {
    if METADATA_V4.contains(&address.octets()) {
        return AddressKind::Metadata;
    }
    let within = |base: [u8; 4], prefix: u32| (address.to_bits() ^ u32::from_be_bytes(base)).leading_zeros() >= prefix;
    V4.into_iter().find(|(base, prefix, _)| within(*base, *prefix)).map_or(AddressKind::Public, |(_, _, kind)| kind)
}

fn v6(address: Ipv6Addr) -> AddressKind {
    if METADATA_V6.contains(&address.segments()) {
        return AddressKind::Metadata;
    }
    if let Some(inner) = inner_v4(address) {
        return v4(inner);
    }
    let within =
        |base: [u16; 8], prefix| (address.to_bits() ^ Ipv6Addr::from(base).to_bits()).leading_zeros() >= prefix;
    V6.into_iter().find(|(base, prefix, _)| within(*base, *prefix)).map_or(AddressKind::Reserved, |(_, _, kind)| kind)
}

/// The IPv4 address that a packet to this one reaches: mapped (RFC 4291), or translated (RFC 6052).
fn inner_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let translated = matches!(address.segments(), [0x64, 0xff9b, 0, 0, 0, 0, _, _]);
    let low = u32::try_from(address.to_bits() & u128::from(u32::MAX)).ok()?;
    address.to_ipv4_mapped().or(translated.then_some(Ipv4Addr::from_bits(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_address_of_a_range_are_in_it_and_their_neighbours_are_not() {
        for (kind, first, last, before, after) in [
            (AddressKind::Loopback, "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            (AddressKind::Private, "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            (AddressKind::Private, "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            (AddressKind::Private, "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
            (AddressKind::Shared, "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
            (AddressKind::LinkLocal, "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
            (AddressKind::Reserved, "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
            (AddressKind::Multicast, "224.0.0.0", "239.255.255.255", "223.255.255.255", "240.0.0.0"),
            (AddressKind::Private, "fc00::", "fdff:ffff:ffff:ffff::", "fbff::", "fe00::"),
            (AddressKind::LinkLocal, "fe80::", "febf:ffff::", "fe7f::", "fec0::"),
            (AddressKind::Public, "2400::", "2fff::", "2002::1", "4000::"),
        ] {
            let of = |text: &str| AddressKind::of(text.parse().unwrap());
            assert_eq!((of(first), of(last)), (kind, kind), "{first} to {last}");
            assert!(of(before) != kind && of(after) != kind, "{before}, {after}");
        }
    }

    /// A grant for reserved addresses would otherwise reach this machine through them.
    #[test]
    fn what_is_no_address_at_all_is_this_machine_since_that_is_who_answers() {
        for text in ["0.0.0.0", "::", "::ffff:0.0.0.0"] {
            assert_eq!(AddressKind::of(text.parse().unwrap()), AddressKind::Loopback, "{text}");
        }
        assert_eq!(AddressKind::of("0.0.0.1".parse().unwrap()), AddressKind::Reserved);
    }

    #[test]
    fn where_a_cloud_tells_credentials_is_of_a_kind_of_its_own() {
        for text in [
            "169.254.169.254",
            "169.254.0.23",
            "100.96.0.96",
            "fd00:c1::a9fe:a9fe",
            "fd00:a9fe:a9fe::1",
            "fe80::a9fe:a9fe",
        ] {
            assert_eq!(AddressKind::of(text.parse().unwrap()), AddressKind::Metadata, "{text}");
        }
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in AddressKind::ALL {
            assert_eq!(AddressKind::named(kind.name()), Some(kind));
        }
        assert_eq!(AddressKind::named("any"), None);
    }
}
