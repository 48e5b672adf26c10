//! Rows of the table about names: the resolved addresses decide, all of them.

use std::net::IpAddr;

use stockbridge::egress::AddressKind;

use crate::guest::{Names, ip};
use crate::table::{Row, Written};

/// A name for each kind of address, and several for kinds with several ranges.
const KINDS: [(&str, &str, AddressKind); 40] = [
    ("public", "93.184.216.34", AddressKind::Public),
    ("public-6", "2606:2800:220:1::1", AddressKind::Public),
    ("loopback", "127.0.0.1", AddressKind::Loopback),
    ("loopback-far", "127.255.255.254", AddressKind::Loopback),
    ("loopback-6", "::1", AddressKind::Loopback),
    ("loopback-mapped", "::ffff:127.0.0.1", AddressKind::Loopback),
    ("loopback-translated", "64:ff9b::7f00:1", AddressKind::Loopback),
    ("unspecified", "0.0.0.0", AddressKind::Loopback),
    ("unspecified-6", "::", AddressKind::Loopback),
    ("private-10", "10.0.0.1", AddressKind::Private),
    ("private-172", "172.31.255.255", AddressKind::Private),
    ("private-192", "192.168.1.1", AddressKind::Private),
    ("private-mapped", "::ffff:10.0.0.1", AddressKind::Private),
    ("private-6", "fc00::1", AddressKind::Private),
    ("private-fd", "fdff::1", AddressKind::Private),
    ("site-local", "fec0::1", AddressKind::Private),
    ("shared", "100.64.0.1", AddressKind::Shared),
    ("link-local", "169.254.0.1", AddressKind::LinkLocal),
    ("link-local-6", "fe80::1", AddressKind::LinkLocal),
    ("metadata", "169.254.169.254", AddressKind::Metadata),
    ("metadata-mapped", "::ffff:169.254.169.254", AddressKind::Metadata),
    ("metadata-translated", "64:ff9b::a9fe:a9fe", AddressKind::Metadata),
    ("metadata-ecs", "169.254.170.2", AddressKind::Metadata),
    ("metadata-alibaba", "100.100.100.200", AddressKind::Metadata),
    ("metadata-azure", "168.63.129.16", AddressKind::Metadata),
    ("metadata-6", "fd00:ec2::254", AddressKind::Metadata),
    ("multicast", "224.0.0.1", AddressKind::Multicast),
    ("multicast-6", "ff02::1", AddressKind::Multicast),
    ("this-network", "0.1.2.3", AddressKind::Reserved),
    ("broadcast", "255.255.255.255", AddressKind::Reserved),
    ("benchmark", "198.18.0.1", AddressKind::Reserved),
    ("documentation", "203.0.113.1", AddressKind::Reserved),
    ("future", "240.0.0.1", AddressKind::Reserved),
    ("compatible", "::7f00:1", AddressKind::Reserved),
    ("siit", "::ffff:0:7f00:1", AddressKind::Reserved),
    ("local-translated", "64:ff9b:1::7f00:1", AddressKind::Reserved),
    ("six-to-four", "2002:7f00:1::", AddressKind::Reserved),
    ("teredo", "2001:0:7f00:1::", AddressKind::Reserved),
    ("discard", "100::1", AddressKind::Reserved),
    ("documentation-6", "2001:db8::1", AddressKind::Reserved),
];

/// Names with several addresses, or none.
fn several() -> Vec<(&'static str, Vec<IpAddr>)> {
    let here = ip("127.0.0.1");
    vec![
        ("here.test", vec![here]),
        ("api.here.test", vec![here]),
        ("a.b.here.test", vec![here]),
        ("xn--fiqs8s.test", vec![here]),
        ("good-and-bad.test", vec![here, ip("10.0.0.1")]),
        ("bad-and-good.test", vec![ip("169.254.169.254"), here]),
        ("good-twice.test", vec![here, here]),
        ("both.test", vec![ip("::1"), here]),
        ("nowhere.test", vec![]),
        ("many.test", vec![here; 64]),
        ("too-many.test", vec![here; 65]),
    ]
}

pub(crate) fn resolver() -> Names {
    let kinds = KINDS.map(|(name, address, _)| (format!("{name}.test"), vec![ip(address)]));
    Names::of(kinds.iter().map(|(name, addresses)| (name.as_str(), addresses.clone())).chain(several()))
}

fn at(host: &str, address: &str, kind: &str) -> String {
    format!(
        "{host} is at {address}, a {kind} address; add \"{kind}\" to the grant's `addresses` if it should be reached"
    )
}

pub(crate) fn rows() -> impl Iterator<Item = Row> {
    let kinds = KINDS.into_iter().flat_map(|(name, address, kind)| of_a_kind(&format!("{name}.test"), address, kind));
    kinds.chain(dialled()).chain(together()).chain(wildcards())
}

/// Refused by the grants of every other kind together, and by the default grant unless it is public.
fn of_a_kind(name: &str, address: &str, kind: AddressKind) -> Vec<Row> {
    let url = format!("http://{name}:{{4}}/");
    let origin = format!("http://{name}:{{4}}");
    let others = AddressKind::ALL.into_iter().filter(|other| *other != kind);
    let mut rows = vec![Row::refused(&Written::new(&origin, others), &url, at(name, address, kind.name()))];
    if kind != AddressKind::Public {
        let public = Written::new(&origin, [AddressKind::Public]);
        rows.push(Row::refused(&public, &url, at(name, address, kind.name())));
    }
    rows
}

/// One name of each kind, under each grant of one other kind: a kind allows no other. Addresses of this machine are dialled under
/// a grant of their kind.
fn dialled() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, address, kind) in KINDS.into_iter().filter(|(name, ..)| {
        ["loopback", "private-10", "shared", "link-local", "metadata", "multicast", "benchmark"].contains(name)
    }) {
        for other in AddressKind::ALL.into_iter().filter(|other| *other != kind && *other != AddressKind::Public) {
            let granted = Written::new(format!("http://{name}.test:{{4}}"), [other]);
            let refusal = at(&format!("{name}.test"), address, kind.name());
            rows.push(Row::refused(&granted, format!("http://{name}.test:{{4}}/"), refusal));
        }
    }
    for (name, port) in [
        ("loopback", "{4}"),
        ("loopback-mapped", "{4}"),
        ("unspecified", "{4}"),
        ("loopback-6", "{6}"),
        ("unspecified-6", "{6}"),
    ] {
        let origin = format!("http://{name}.test:{port}");
        rows.push(Row::allowed(&Written::here(&origin), format!("{origin}/")));
    }
    rows
}

/// All of a name's addresses are checked, not only the one to dial.
fn together() -> Vec<Row> {
    let refused = |name: &str, refusal: &str| {
        let origin = format!("http://{name}:{{4}}");
        Row::refused(&Written::here(&origin), format!("{origin}/"), refusal)
    };
    let allowed = |name: &str| {
        let origin = format!("http://{name}:{{4}}");
        Row::allowed(&Written::here(&origin), format!("{origin}/"))
    };
    vec![
        refused("good-and-bad.test", &at("good-and-bad.test", "10.0.0.1", "private")),
        refused("bad-and-good.test", &at("bad-and-good.test", "169.254.169.254", "metadata")),
        refused("nowhere.test", "nowhere.test has no address"),
        refused("unknown.test", "unknown.test has no address"),
        refused("too-many.test", "too-many.test has more than 64 addresses"),
        allowed("many.test"),
        allowed("good-twice.test"),
        // Nothing listens at this port of ::1: the next of its addresses is dialled.
        allowed("both.test"),
    ]
}

fn wildcards() -> Vec<Row> {
    let open = Written::here("http://*.here.test:{4}");
    let not_granted = |host: &str| {
        let origin = format!("http://{host}:{{4}}");
        let refusal = format!("{origin} was not granted; add it to the account's `allow` if it should be");
        Row::refused(&open, format!("{origin}/"), refusal)
    };
    let mut rows = vec![
        Row::allowed(&open, "http://api.here.test:{4}/"),
        Row::allowed(&open, "http://API.Here.Test:{4}/"),
        Row::refused(&open, "http://elsewhere.here.test:{4}/", "elsewhere.here.test has no address"),
        Row::refused(&open, "http://*.here.test:{4}/", "the host is not a name of letters, digits, hyphens and dots"),
        Row::refused(&open, "http://.here.test:{4}/", "the host is not a name of letters, digits, hyphens and dots"),
    ];
    rows.extend(
        [
            "here.test",
            "a.b.here.test",
            "apihere.test",
            "api-here.test",
            "api.here.test.evil.test",
            "api.here.tes",
            "api.here.testing",
            "127.0.0.1",
        ]
        .map(not_granted),
    );
    rows
}
