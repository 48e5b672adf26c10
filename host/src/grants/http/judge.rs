//! Whether a request may leave: pure functions from what is granted and what is asked to a verdict.

use url::{Host, Url};

/// The origins that an account may talk to. Empty: none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(Vec<Origin>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    /// As the operator wrote it, and as connectors nearly always do.
    text: String,
    scheme: String,
    host: Host<String>,
    port: Option<u16>,
}

impl Origins {
    /// Reads grants such as `https://api.example.com` and `http://127.0.0.1:8080`.
    pub(crate) fn parse(grants: &[String]) -> Result<Origins, (usize, String)> {
        grants
            .iter()
            .enumerate()
            .map(|(index, grant)| origin(grant).map_err(|problem| (index, problem)))
            .collect::<Result<_, _>>()
            .map(Origins)
    }

    /// Whether the address begins with a granted origin as it was written. Behind the origin a path follows, or nothing,
    /// so this is the whole authority and needs no parsing.
    fn begin(&self, address: &str) -> bool {
        self.0.iter().any(|granted| {
            address.strip_prefix(granted.text.as_str()).is_some_and(|path| path.is_empty() || path.starts_with('/'))
        })
    }

    fn allow(&self, url: &Url) -> bool {
        self.0.iter().any(|granted| {
            url.scheme() == granted.scheme
                && url.port_or_known_default() == granted.port
                && match (url.host(), &granted.host) {
                    (Some(Host::Domain(host)), Host::Domain(granted)) => host == granted,
                    (Some(Host::Ipv4(host)), Host::Ipv4(granted)) => host == *granted,
                    (Some(Host::Ipv6(host)), Host::Ipv6(granted)) => host == *granted,
                    _ => false,
                }
        })
    }
}

/// What is wrong with a text as an origin, if anything.
pub(crate) fn origin_problem(text: &str) -> Option<String> {
    origin(text).err()
}

fn origin(text: &str) -> Result<Origin, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is no origin: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{text}` is neither http nor https"));
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || text.ends_with('/') || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("`{text}` is more than an origin"));
    }
    let host = url.host().ok_or_else(|| format!("`{text}` names no host"))?.to_owned();
    Ok(Origin { text: text.to_owned(), scheme: url.scheme().to_owned(), host, port: url.port_or_known_default() })
}

/// The method, if connectors may use it.
pub(super) fn method(method: &str) -> Result<&'static str, String> {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        .into_iter()
        .find(|known| *known == method)
        .ok_or_else(|| "the method is none of GET, HEAD, POST, PUT, PATCH and DELETE".to_owned())
}

/// The address and its query as they go out, if it is written plainly and its origin was granted.
pub(super) fn url(address: &str, query: Vec<u8>, origins: &Origins) -> Result<String, String> {
    // A URL parser mends what is odd: it drops tabs and line feeds and reads `\` as `/`. What it would mend is refused,
    // so that the address that was judged is the address that was written.
    if address.bytes().any(|byte| !byte.is_ascii_graphic() || b"\\?#@".contains(&byte)) {
        return Err("the address is not written plainly: scheme, host, port and path, in ASCII".to_owned());
    }
    if query.iter().any(|byte| !byte.is_ascii_graphic() || *byte == b'#') {
        return Err("the query is not written plainly: percent-encode it".to_owned());
    }
    if !origins.begin(address) {
        let url = Url::parse(address).map_err(|error| format!("the address cannot be read: {error}"))?;
        if !origins.allow(&url) {
            let origin = url.origin().ascii_serialization();
            return Err(format!("{origin} was not granted; add it to the account's `allow` if it should be"));
        }
    }
    if query.is_empty() {
        return Ok(address.to_owned());
    }
    let query = String::from_utf8(query).map_err(|_| "the query is no text".to_owned())?;
    Ok(format!("{address}?{query}"))
}

/// Headers that belong to the host's connection, and those that would reroute a request on its way.
const OWNED: [&str; 14] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The header's name in lower case, if a connector may set it to this value.
pub(super) fn header(name: &str, value: &[u8]) -> Result<String, String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err("a header's name is no HTTP token".to_owned());
    }
    let name = name.to_ascii_lowercase();
    if OWNED.contains(&name.as_str()) {
        return Err(format!("the header `{name}` belongs to the host"));
    }
    if value.iter().any(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f) {
        return Err(format!("the value of the header `{name}` has a control character"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(grants: &[&str]) -> Origins {
        Origins::parse(&grants.iter().map(|grant| (*grant).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn an_address_is_sent_only_to_a_granted_origin() {
        let origins = granted(&["https://api.example.com", "http://127.0.0.1:8080"]);
        for allowed in ["https://api.example.com/x", "https://API.example.com:443/x", "http://127.0.0.1:8080/"] {
            assert!(url(allowed, Vec::new(), &origins).is_ok(), "{allowed}");
        }
        for refused in [
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com.evil.example/",
            "https://user@api.example.com/",
            "https://api.example.com\\@evil.example/",
            "https://evil.example/?https://api.example.com",
            "https://api.example.com/\tx",
            "http://127.0.0.1/",
            "http://127.0.0.2:8080/",
            "ftp://api.example.com/",
            "api.example.com",
        ] {
            assert!(url(refused, Vec::new(), &origins).is_err(), "{refused}");
        }
    }

    #[test]
    fn nothing_is_granted_by_default() {
        let refused = url("https://api.example.com/", Vec::new(), &Origins::default()).unwrap_err();
        assert_eq!(refused, "https://api.example.com was not granted; add it to the account's `allow` if it should be");
    }

    #[test]
    fn a_query_is_sent_as_it_was_written_or_not_at_all() {
        let origins = granted(&["https://api.example.com"]);
        let sent = url("https://api.example.com/p", b"a=%E8%B4%A7&b=1+2&sign=F0".to_vec(), &origins).unwrap();
        assert_eq!(sent, "https://api.example.com/p?a=%E8%B4%A7&b=1+2&sign=F0");
        for refused in [b"a=b#c".as_slice(), b"a b", b"a=\r\n", "a=货".as_bytes()] {
            assert!(url("https://api.example.com/p", refused.to_vec(), &origins).is_err());
        }
    }

    #[test]
    fn a_grant_is_an_origin_and_nothing_more() {
        for wrong in [
            "api.example.com",
            "https://api.example.com/path",
            "https://u@x.example",
            "ftp://x.example",
            "https://x.example/",
        ] {
            assert!(origin_problem(wrong).is_some(), "{wrong}");
        }
        assert_eq!(origin_problem("https://api.example.com"), None);
    }

    #[test]
    fn headers_of_the_connection_and_broken_lines_are_refused() {
        assert_eq!(header("Content-Type", b"application/json").unwrap(), "content-type");
        for name in ["Host", "transfer-encoding", "Content-Length", "x y", "", "x\r\ny", "x:"] {
            assert!(header(name, b"1").is_err(), "{name}");
        }
        assert!(header("x-a", b"1\r\nx-b: 2").is_err());
    }
}
