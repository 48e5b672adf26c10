//! Target of a request as a connector writes it: scheme, host, port and path.
//!
//! A URL parser repairs unusual input: it drops tabs, reads `\` as `/`, and takes `0x7f.1` for an address. Here such input is
//! refused, so that the judged address is the written one, to every reader.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Maximum length of a URL without its query, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// Default port of the scheme.
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }

    /// Name of the scheme in a URL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// A host: a name in lower case, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TargetHost {
    /// A name, to be resolved.
    Name(String),
    /// An address, judged as it is.
    Address(IpAddr),
}

impl fmt::Display for TargetHost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetHost::Name(name) => formatter.write_str(name),
            TargetHost::Address(IpAddr::V4(address)) => address.fmt(formatter),
            TargetHost::Address(IpAddr::V6(address)) => write!(formatter, "[{address}]"),
        }
    }
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// Host to connect to.
    pub host: TargetHost,
    /// Port, given or the scheme's default.
    pub port: u16,
}

impl Origin {
    /// Value of the `Host` header: with the port only where it is not the scheme's default.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == self.scheme.port() { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme.name(), self.authority())
    }
}

/// Target of a request, without its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Origin to connect to.
    pub origin: Origin,
    /// Path, from its slash on, as it was written.
    pub path: String,
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.origin, self.path)
    }
}

/// An error in a URL, for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadTarget(String);

impl Target {
    /// Parses a plainly written URL: `https://host/path` or `http://127.0.0.1:8080/path`.
    ///
    /// # Errors
    /// Anything else: another scheme, a user name, a query or fragment, a space or control character, an address in
    /// an unusual spelling, an invalid name.
    pub fn parse(url: &str) -> Result<Target, BadTarget> {
        if url.len() > MAX_URL_BYTES {
            return Err(BadTarget(format!("the address has {} bytes; the limit is {MAX_URL_BYTES}", url.len())));
        }
        let (scheme, rest) = if let Some(rest) = url.strip_prefix("https://") {
            (Scheme::Https, rest)
        } else if let Some(rest) = url.strip_prefix("http://") {
            (Scheme::Http, rest)
        } else {
            return Err(bad("the address begins with neither http:// nor https://"));
        };
        let (authority, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        if !is_path(path) {
            return Err(bad("the path is not written plainly: percent-encode it, and pass the query separately"));
        }
        Ok(Target { origin: origin(scheme, authority)?, path: path.to_owned() })
    }
}

fn bad(problem: &str) -> BadTarget {
    BadTarget(problem.to_owned())
}

/// Parses the host and port of an origin.
pub(super) fn origin(scheme: Scheme, authority: &str) -> Result<Origin, BadTarget> {
    if authority.contains('@') {
        return Err(bad("the address has a user name in it"));
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inside, port) = rest.split_once(']').ok_or_else(|| bad("a `]` is missing in the address"))?;
            let address: Ipv6Addr = inside.parse().map_err(|_| bad("the text in `[]` is not an IPv6 address"))?;
            (TargetHost::Address(address.into()), port)
        }
        None => {
            let (name, port) = authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon));
            (host(name)?, port)
        }
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => scheme.port(),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') => {
            digits.parse().map_err(|_| bad("the port is not a valid number"))?
        }
        _ => return Err(bad("the port is not a valid number")),
    };
    Ok(Origin { scheme, host, port })
}

/// Parses a name, or an IPv4 address of four decimal numbers.
fn host(text: &str) -> Result<TargetHost, BadTarget> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(TargetHost::Address(address.into()));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if text.len() > 253 || !text.split('.').all(label) {
        return Err(bad("the host is not a name of letters, digits, hyphens and dots"));
    }
    // Some readers take a name that ends in a number for an address: 127.1, 2130706433, 0x7f.1, 1.2.3.08.
    let last = text.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"));
    if hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad("the host is an address in an unusual spelling; write four decimal numbers"));
    }
    Ok(TargetHost::Name(text.to_ascii_lowercase()))
}

/// Checks a path by RFC 3986: segments of unreserved characters, sub-delimiters, `:`, `@` and whole `%XX`.
pub(super) fn is_path(path: &str) -> bool {
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let plain = byte.is_ascii_alphanumeric() || is_mark(byte);
        let encoded = byte == b'%' && (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit()));
        if !plain && !encoded {
            return false;
        }
    }
    true
}

/// Whether a byte may be in a path besides letters, digits and `%XX`. As patterns, such sets compile to the bits of a word; a
/// text would be searched anew for each byte.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'@')
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

/// Checks a query, the part after the `?`: printable ASCII without a `#`.
#[must_use]
pub fn is_query(query: &[u8]) -> bool {
    let is_odd = |byte: u8| matches!(byte, b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
    query.iter().all(|byte| byte.is_ascii_graphic() && !is_odd(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_bytes_a_path_and_a_query_take_those_of_the_rfc() {
        for byte in 0..=u8::MAX {
            let plain = byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte);
            assert_eq!(is_path(&format!("/{}", char::from(byte))), plain, "{byte}");
            let asked = byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&byte);
            assert_eq!(is_query(&[b'a', byte]), asked, "{byte}");
        }
    }
}
