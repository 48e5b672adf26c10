//! Whether a method and a header may leave. Where a request may go is `egress`'s verdict.

/// The method, if connectors may use it.
pub(super) fn method(method: &str) -> Result<&'static str, String> {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        .into_iter()
        .find(|known| *known == method)
        .ok_or_else(|| "the method is none of GET, HEAD, POST, PUT, PATCH and DELETE".to_owned())
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
    if name.is_empty() || !name.bytes().all(is_token) {
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

/// RFC 9110.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+')
        || matches!(byte, b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_connection_and_broken_lines_are_refused() {
        assert_eq!(header("Content-Type", b"application/json").unwrap(), "content-type");
        for name in ["Host", "transfer-encoding", "Content-Length", "x y", "", "x\r\ny", "x:"] {
            assert!(header(name, b"1").is_err(), "{name}");
        }
        assert!(header("x-a", b"1\r\nx-b: 2").is_err());
    }

    #[test]
    fn of_all_bytes_a_name_takes_those_of_a_token() {
        for byte in 0..=u8::MAX {
            let token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_token(byte), token, "{byte}");
        }
    }
}
