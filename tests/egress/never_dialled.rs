//! Property: for any grant, URL and resolver answer, only allowed addresses are dialled. The expectation is computed here
//! independently, from the registries of special-purpose addresses, without the code under test.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;
use stockbridge::egress::{AddressKind, GrantSpec, PolicyViolation, Scheme, Target, TargetHost, judge};
use stockbridge::transport::{OutboundRequest, Transport, TransportError};

use crate::guest::{Names, ip, network};
use crate::server::{OK, Server};

/// Single addresses first, then the ranges of RFC 6890 and its successors; the remaining addresses are `public`.
const RANGES: &[(&str, &str)] = &[
    ("169.254.169.254/32", "metadata"),
    ("169.254.170.2/32", "metadata"),
    ("169.254.170.23/32", "metadata"),
    ("169.254.42.42/32", "metadata"),
    ("169.254.0.23/32", "metadata"),
    ("100.100.100.200/32", "metadata"),
    ("100.96.0.96/32", "metadata"),
    ("168.63.129.16/32", "metadata"),
    ("192.0.0.192/32", "metadata"),
    ("fd00:ec2::254/128", "metadata"),
    ("fd00:ec2::23/128", "metadata"),
    ("fd20:ce::254/128", "metadata"),
    ("fd00:a9fe:a9fe::1/128", "metadata"),
    ("fd00:42::42/128", "metadata"),
    ("fd00:c1::a9fe:a9fe/128", "metadata"),
    ("fe80::a9fe:a9fe/128", "metadata"),
    ("0.0.0.0/32", "loopback"),
    ("::/128", "loopback"),
    ("127.0.0.0/8", "loopback"),
    ("::1/128", "loopback"),
    ("10.0.0.0/8", "private"),
    ("172.16.0.0/12", "private"),
    ("192.168.0.0/16", "private"),
    ("fc00::/7", "private"),
    ("fec0::/10", "private"),
    ("100.64.0.0/10", "shared"),
    ("169.254.0.0/16", "link-local"),
    ("fe80::/10", "link-local"),
    ("224.0.0.0/4", "multicast"),
    ("ff00::/8", "multicast"),
    ("0.0.0.0/8", "reserved"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "reserved"),
    ("192.88.99.0/24", "reserved"),
    ("198.18.0.0/15", "reserved"),
    ("198.51.100.0/24", "reserved"),
    ("203.0.113.0/24", "reserved"),
    ("240.0.0.0/4", "reserved"),
    ("2001::/23", "reserved"),
    ("2001:db8::/32", "reserved"),
    ("2002::/16", "reserved"),
    ("3fff::/20", "reserved"),
    ("0.0.0.0/0", "public"),
    ("2000::/3", "public"),
    ("::/0", "reserved"),
];

/// Prefixes after which an IPv6 address ends with an IPv4 address, which it stands for.
const CARRYING: [&str; 2] = ["::ffff:0:0", "64:ff9b::"];

fn parts(range: &str) -> (IpAddr, u32) {
    let (base, length) = range.split_once('/').unwrap();
    (ip(base), length.parse().unwrap())
}

/// Whether the address begins with the bits of the range.
fn within(address: IpAddr, range: &str) -> bool {
    let (base, length) = parts(range);
    match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            let shift = 32 - length;
            (u64::from(address.to_bits()) >> shift) == (u64::from(base.to_bits()) >> shift)
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            length == 0 || (address.to_bits() >> (128 - length)) == (base.to_bits() >> (128 - length))
        }
        _ => false,
    }
}

fn kind_of(address: IpAddr) -> &'static str {
    if let IpAddr::V6(v6) = address
        && CARRYING.iter().any(|carrying| within(address, &format!("{carrying}/96")))
    {
        let [.., a, b, c, d] = v6.octets();
        return kind_of(Ipv4Addr::new(a, b, c, d).into());
    }
    RANGES.iter().find(|(range, _)| within(address, range)).unwrap().1
}

/// In or at the edge of a range, with an embedded address of a range, or anywhere.
fn address() -> impl Strategy<Value = IpAddr> {
    let in_range = (select(RANGES), any::<u128>(), 0..3u8).prop_map(|((range, _), host, edge)| {
        let (base, length) = parts(range);
        let host = [host, 0, u128::MAX][usize::from(edge)];
        match base {
            IpAddr::V4(base) => {
                let mask = u32::MAX.checked_shr(length).unwrap_or(0);
                let host = u32::try_from(host & u128::from(u32::MAX)).unwrap();
                Ipv4Addr::from_bits(base.to_bits() | (host & mask)).into()
            }
            IpAddr::V6(base) => {
                let mask = u128::MAX.checked_shr(length).unwrap_or(0);
                IpAddr::from(Ipv6Addr::from_bits(base.to_bits() | (host & mask)))
            }
        }
    });
    let neighbour = (in_range.clone(), any::<bool>()).prop_map(|(address, after)| match (address, after) {
        (IpAddr::V4(v4), true) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits().wrapping_add(1))),
        (IpAddr::V4(v4), false) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits().wrapping_sub(1))),
        (IpAddr::V6(v6), true) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits().wrapping_add(1))),
        (IpAddr::V6(v6), false) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits().wrapping_sub(1))),
    });
    const PREFIXES: [&str; 7] =
        ["::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "::", "::ffff:0:0:0", "fe80::", "2606:4700::"];
    let carrying = (in_range.clone(), select(&PREFIXES)).prop_map(|(address, prefix)| match (address, ip(prefix)) {
        (IpAddr::V4(v4), IpAddr::V6(prefix)) => Ipv6Addr::from_bits(prefix.to_bits() | u128::from(v4.to_bits())).into(),
        _ => address,
    });
    let anywhere = prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(bits.into())),
        any::<u128>().prop_map(|bits| IpAddr::V6(bits.into()))
    ];
    let here = select(&["127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"]).prop_map(ip);
    prop_oneof![3 => in_range, 2 => neighbour, 2 => carrying, 1 => anywhere, 2 => here]
}

fn kinds() -> impl Strategy<Value = Vec<AddressKind>> {
    btree_set(select(&AddressKind::ALL), 1..4).prop_map(|kinds| kinds.into_iter().collect())
}

/// Mostly one of a few hosts, so that grant and URL often match.
fn host() -> impl Strategy<Value = String> {
    let few = select(&["a.test", "b.test", "x.a.test", "y.x.a.test", "127.0.0.1", "[::1]", "0.0.0.0", "10.0.0.1"]);
    let literal = address().prop_map(|address| match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    });
    prop_oneof![4 => few.prop_map(str::to_owned), 1 => literal]
}

/// Whether a grant's host matches this one, by text only.
fn is_for(granted: &str, host: &str) -> bool {
    match granted.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == domain),
        None => granted == host,
    }
}

fn allowed(kinds: &[AddressKind], address: IpAddr) -> bool {
    kinds.iter().any(|kind| kind.name() == kind_of(address))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_kind_of_an_address_is_that_of_the_registries(address in address()) {
        prop_assert_eq!(AddressKind::of(address).name(), kind_of(address), "{}", address);
    }

    #[test]
    fn the_verdict_is_that_of_the_grants_text_and_of_all_addresses(
        granted in prop_oneof![host(), Just("*.a.test".to_owned()), Just("*.x.a.test".to_owned())],
        kinds in kinds(),
        host in host(),
        resolved in vec(address(), 0..4),
    ) {
        let grant = GrantSpec::new(format!("https://{granted}")).addresses(kinds.clone()).parse();
        let target = Target::parse(&format!("https://{host}/")).unwrap();
        // A grant of an address that it does not allow is refused at once.
        let Ok(grant) = grant else { return Ok(()) };
        let written = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let addresses = || written.iter().chain(&resolved);
        let expected = is_for(&granted, &host)
            && addresses().next().is_some()
            && addresses().all(|address| allowed(&kinds, *address));
        let verdict = judge(&grant, &target, &resolved);
        prop_assert_eq!(verdict.is_ok(), expected, "{:?}", verdict);
        if let Err(PolicyViolation::Address { address, kind, .. }) = verdict {
            prop_assert!(addresses().any(|other| *other == address) && kind.name() == kind_of(address));
        }
    }

    /// Every parser agrees on the meaning of an accepted URL.
    #[test]
    fn a_url_that_is_accepted_means_the_same_to_another_parser(
        url in prop_oneof![
            "https?://[a-z0-9.:\\[\\]@%/\\\\?#_ \u{ff11}\u{3002}x-]{0,24}",
            "https?://[0-9x.]{1,16}(:[0-9]{0,6})?(/[a-z.%/0-9]{0,8})?",
            "https?://\\[[0-9a-f:.%]{2,20}\\](:[0-9]{0,5})?/?",
            "[hHtTpPsS]{3,5}[:/\\\\]{1,4}(a|b|\t|\n|@|\\.){0,6}\\.test/",
        ],
    ) {
        let Ok(target) = Target::parse(&url) else { return Ok(()) };
        let other = url::Url::parse(&url).map_err(|error| TestCaseError::fail(format!("{url:?}: {error}")))?;
        let host = match other.host().unwrap() {
            url::Host::Domain(name) => TargetHost::Name(name.to_owned()),
            url::Host::Ipv4(address) => TargetHost::Address(address.into()),
            url::Host::Ipv6(address) => TargetHost::Address(address.into()),
        };
        prop_assert_eq!(&target.origin.host, &host);
        prop_assert_eq!(Some(target.origin.port), other.port_or_known_default());
        prop_assert_eq!(target.origin.scheme == Scheme::Https, other.scheme() == "https");
        prop_assert!(other.username().is_empty() && other.query().is_none() && other.fragment().is_none());
    }
}

/// Result of a request over the network.
enum Dialled {
    Answered,
    Refused,
    Unreachable,
}

fn dial(runtime: &tokio::runtime::Runtime, names: Names, request: OutboundRequest) -> Dialled {
    let network = network(names);
    match runtime.block_on(network.send(request)) {
        Ok(_) => Dialled::Answered,
        Err(TransportError::Refused(_)) => Dialled::Refused,
        Err(error) => {
            assert!(!error.sent(), "{error}");
            Dialled::Unreachable
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Over the network, with a listener at the port that all of the URLs name. An allowed address is dialled only if it is this
    /// machine's: others belong to other people.
    #[test]
    fn a_listener_gets_nothing_of_what_was_not_allowed(
        granted in select(&["a.test", "*.a.test", "b.test", "127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]"]),
        kinds in kinds(),
        host in select(&["a.test", "x.a.test", "b.test", "127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]"]),
        resolved in vec(address(), 0..3),
    ) {
        thread_local! {
            static AT: (Server, tokio::runtime::Runtime) =
                (Server::answering(OK), tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
        }
        AT.with(|(server, runtime)| {
            let port = server.address.port();
            let grant = GrantSpec::new(format!("http://{granted}:{port}")).addresses(kinds.clone()).parse();
            let Ok(grant) = grant else { return Ok(()) };
            let target = Target::parse(&format!("http://{host}:{port}/")).unwrap();
            let written = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
            // A literal address is not resolved.
            let addresses = written.map_or_else(|| resolved.clone(), |address| vec![address]);
            let may = is_for(granted, host)
                && !addresses.is_empty()
                && addresses.iter().all(|address| allowed(&kinds, *address));
            let is_here = |address: &IpAddr| {
                *address == ip("0.0.0.0") || *address == ip("::1") || address.to_canonical().is_loopback()
            };
            if may && !addresses.iter().all(is_here) {
                return Ok(());
            }
            let before = server.seen();
            let mut request = OutboundRequest::post(target, Arc::new(grant));
            request.timeout = Duration::from_secs(2);
            let dialled = dial(runtime, Names::of([(host, resolved.clone())]), request);
            let after = server.seen();
            match dialled {
                Dialled::Answered => {
                    prop_assert!(may, "{addresses:?} of {host} was dialled under {granted} for {kinds:?}");
                    prop_assert_eq!(after.requests, before.requests + 1);
                }
                Dialled::Refused => prop_assert!(!may && after == before),
                // The listener is at one of the addresses of this machine, not at all of them.
                Dialled::Unreachable => prop_assert!(may && after == before),
            }
            Ok(())
        })?;
    }
}
