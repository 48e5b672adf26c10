//! Any grant, address and resolution: what is allowed has the granted scheme, host and port, to a parser that mends
//! nothing and to one that mends all, and lies where the grant says.
//!
//! An input is lines: the grant's kinds of address as letters, its origin, the address that is asked for, and on each
//! further line an address that the name was resolved to.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use stockbridge::egress::{AddressKind, Grant, GrantSpec, Target as Asked, grant_for, judge};
use url::Url;

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "url-and-grant",
    run,
    seeds,
    words: &[
        "https://",
        "http://",
        "*.",
        "granted.example",
        "127.0.0.1",
        "[::1]",
        ":8080",
        ":443",
        "@",
        "\\",
        "%2e",
        "%00",
        "\t",
        "\r",
        "//",
        "0x7f.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "169.254.169.254",
        "fd00::1",
        "2002:7f00:1::",
        "8.8.8.8",
        ".",
        "#",
        "?",
        "xn--",
        "。",
        "\n",
    ],
};

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let (Some(kinds), Some(origin), Some(address)) = (lines.next(), lines.next(), lines.next()) else { return };
    let resolved: Vec<IpAddr> = lines.filter_map(|line| line.parse().ok()).take(8).collect();
    let grant = granted(kinds, origin);
    let target = Asked::parse(address);
    if let Ok(target) = &target {
        same_to_every_reader(address, target);
    }
    let (Ok(grant), Ok(target)) = (grant.parse(), target) else { return };
    let found = grant_for(&[Arc::new(grant.clone())], &target).is_some();
    assert_eq!(found, grant.covers(&target));
    if judge(&grant, &target, &resolved).is_ok() {
        assert!(found);
        allowed(origin, address);
        reached(&grant, address, &resolved);
    }
}

/// The grant with the kinds whose letters, `a` to `h` in their order, stand in the text; without any, public alone.
fn granted(kinds: &str, origin: &str) -> GrantSpec {
    let chosen = ('a'..).zip(AddressKind::ALL).filter(|(letter, _)| kinds.contains(*letter)).map(|(_, kind)| kind);
    let grant = GrantSpec::new(origin);
    if kinds.is_empty() { grant } else { grant.addresses(chosen) }
}

/// What was read is what was written, is read again from its own text, and a parser that mends reads no other.
fn same_to_every_reader(address: &str, target: &Asked) {
    let (scheme, host, port) = destination(address).unwrap_or_else(|| panic!("{address:?} was read as {target}"));
    let origin = &target.origin;
    assert_eq!((scheme, port), (origin.scheme.name(), origin.port), "{address}");
    assert_eq!(Asked::parse(&target.to_string()).as_ref(), Ok(target));
    // It knows which names are none in any language, and refuses them.
    let Ok(mended) = Url::parse(address) else { return };
    assert_eq!((mended.scheme(), mended.port_or_known_default()), (scheme, Some(port)), "{address}");
    let same_host = match (mended.host().unwrap(), host.trim_matches(['[', ']']).parse::<IpAddr>()) {
        (url::Host::Domain(name), Err(_)) => name == host,
        (url::Host::Ipv4(read), Ok(written)) => written == read,
        (url::Host::Ipv6(read), Ok(written)) => written == read,
        _ => false,
    };
    assert!(same_host, "{address}: {mended}");
    assert!(mended.username().is_empty() && mended.password().is_none() && mended.query().is_none(), "{address}");
}

/// Scheme, host and port are the granted ones, or one label stands before an open grant's.
fn allowed(origin: &str, address: &str) {
    let asked = destination(address).unwrap();
    let closed = origin.replacen("*.", "", 1);
    let granted = destination(&closed).unwrap_or_else(|| panic!("{origin:?} is a grant"));
    assert_eq!((asked.0, asked.2), (granted.0, granted.2), "{address} under {origin}");
    if origin.contains("*.") {
        let label = asked.1.strip_suffix(&granted.1).and_then(|label| label.strip_suffix('.'));
        assert!(label.is_some_and(|label| !label.is_empty() && !label.contains('.')), "{address} under {origin}");
    } else {
        let literal = |host: &str| host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        assert!(asked.1 == granted.1 || (literal(&asked.1).is_some() && literal(&asked.1) == literal(&granted.1)));
    }
}

/// A grant for public addresses alone reaches nothing that the standard library knows to be special.
fn reached(grant: &Grant, address: &str, resolved: &[IpAddr]) {
    let (_, host, _) = destination(address).unwrap();
    let written = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    assert!(written.is_some() || !resolved.is_empty());
    let public = BTreeSet::from([AddressKind::Public]);
    for address in written.iter().chain(resolved) {
        assert!(grant.kinds().contains(&AddressKind::of(*address)), "{address}");
        assert!(*grant.kinds() != public || !is_special(*address), "{address} is not public");
    }
}

fn is_special(address: IpAddr) -> bool {
    let v4 = |address: Ipv4Addr| {
        let [first, second, ..] = address.octets();
        address.is_loopback()
            || address.is_private()
            || address.is_link_local()
            || address.is_unspecified()
            || address.is_multicast()
            || address.is_broadcast()
            || address.is_documentation()
            || first == 0
            || first >= 240
            || (first == 100 && (64..128).contains(&second))
    };
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => {
            let groups = address.segments();
            let [.., high, low] = groups;
            let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
            // Mapped, compatible, and NAT64's: the last 32 bits are an IPv4 address.
            let inside = matches!(groups, [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..]);
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || (inside && v4(Ipv4Addr::new(a, b, c, d)))
        }
    }
}

/// Scheme, host and port of an address that is written plainly.
fn destination(url: &str) -> Option<(&str, String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let own = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let behind_host = authority.find(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[behind_host..].split_once(':') {
        Some((host, port)) => (&authority[..behind_host + host.len()], port.parse().ok()?),
        None => (authority, own),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    (!host.is_empty() && host.bytes().all(plain)).then(|| (scheme, host.to_ascii_lowercase(), port))
}

fn seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "\nhttps://granted.example\nhttps://granted.example/api\n8.8.8.8\n1.1.1.1",
        "\nhttps://granted.example\nhttps://granted.example/api\n8.8.8.8\n127.0.0.1",
        "\nhttps://*.granted.example:8443\nhttps://a.Granted.example:8443/a/../b%2e\n2606:4700::1111",
        "b\nhttp://127.0.0.1:8080\nhttp://127.0.0.1:8080/\n",
        "b\nhttp://[::1]:8080\nhttp://[0:0::1]:8080\n",
        "abcdefgh\nhttp://granted.example\nhttp://granted.example:80//x\n::ffff:10.0.0.1\n64:ff9b::7f00:1\n169.254.169.254",
        "c\nhttp://10.0.0.1\nhttp://0x0a.1/\n10.0.0.1",
        "\nhttps://granted.example\nhttps://granted.example@evil.example/\n8.8.8.8",
        "\nhttps://granted.example\nhttps://evil.example\\@granted.example/\n8.8.8.8",
        "\nhttps://xn--fiq228c.example\nhttps://xn--fiq228c.example\nfd00::1\n2002:7f00:1::",
    ];
    seeds.map(|text| text.as_bytes().to_vec()).to_vec()
}
