//! Checks of a request's method, headers, body and key. Its destination is checked by `egress`.

use stockbridge_model::sanitize::disturbs;

/// Returns the method, if connectors may use it.
pub(super) fn method(method: &str) -> Result<&'static str, String> {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        .into_iter()
        .find(|allowed| *allowed == method)
        .ok_or_else(|| "the method is none of GET, HEAD, POST, PUT, PATCH and DELETE".to_owned())
}

/// Refuses a body on methods where some servers do not read it: they take it for the next request on the connection.
pub(super) fn body(method: &str, length: usize) -> Result<(), String> {
    match method {
        "GET" | "HEAD" | "DELETE" if length > 0 => Err(format!(
            "a {method} request must have no body, since some servers take an unread body for the next request: use POST, or \
             the query"
        )),
        _ => Ok(()),
    }
}

/// Headers that belong to the host's connection.
const OWNED: [&str; 16] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Headers that request part of a response: a secret split between two responses cannot be redacted.
const PARTIAL: [&str; 2] = ["if-range", "range"];

/// Headers by which proxies and frameworks replace a request's method, path, host or client address.
const REROUTING: [&str; 11] = [
    "client-ip",
    "max-forwards",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-real-ip",
    "x-remote-ip",
];
/// Prefixes of further such headers.
const REROUTING_PREFIXES: [&str; 4] = ["x-forwarded", "x-original-", "x-override-", "x-rewrite-"];

/// Returns the header's name in lower case, if a connector may set it to this value.
pub(super) fn header(name: &str, value: &[u8]) -> Result<String, String> {
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("a header's name is no HTTP token".to_owned());
    }
    let name = name.to_ascii_lowercase();
    // Many servers (CGI, WSGI) treat both characters as one.
    let normalized = name.replace('_', "-");
    if OWNED.contains(&normalized.as_str()) {
        return Err(format!("the header `{name}` belongs to the host"));
    }
    if REROUTING.contains(&normalized.as_str()) || REROUTING_PREFIXES.iter().any(|kind| normalized.starts_with(kind)) {
        return Err(format!("the header `{name}` could reroute the request behind a proxy"));
    }
    if PARTIAL.contains(&normalized.as_str()) {
        return Err(format!("the header `{name}` asks for a part of a response, in which secrets cannot be redacted"));
    }
    // Every cloud's metadata service requires a header whose name contains this word.
    if normalized.contains("metadata") {
        return Err(format!("the header `{name}` is for metadata services"));
    }
    if value.iter().any(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f) {
        return Err(format!("the value of the header `{name}` has a control character"));
    }
    Ok(name)
}

/// Maximum key of a write, in bytes.
const LONGEST_KEY: usize = 256;

/// Checks a write's key, which is kept in the journal and displayed.
pub(super) fn key(key: &str) -> Result<(), String> {
    if key.len() > LONGEST_KEY {
        return Err(format!("the key of a write is longer than {LONGEST_KEY} bytes"));
    }
    if key.is_empty() || key.chars().any(disturbs) {
        return Err("the key of a write is empty or has invisible characters".to_owned());
    }
    Ok(())
}

/// Whether a byte may be part of a token (RFC 9110).
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
    fn rerouting_partial_and_metadata_headers_are_refused_in_any_spelling() {
        for name in [
            "Range",
            "If-Range",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "x_forwarded_proto",
            "X-Original-URL",
            "X-Rewrite-URL",
            "X-HTTP-Method-Override",
            "x_http_method_override",
            "Via",
            "Max-Forwards",
            "Transfer_Encoding",
            "content_length",
            "Metadata",
            "Metadata-Flavor",
            "X-aws-ec2-metadata-token",
            "X-aws-ec2-metadata-token-ttl-seconds",
            "X-aliyun-ecs-metadata-token",
            "X-Google-Metadata-Request",
        ] {
            assert!(header(name, b"1").is_err(), "{name}");
        }
        for name in
            ["authorization", "x-token", "x-ca-signature", "content-type", "user-agent", "if-match", "x-request-id"]
        {
            assert!(header(name, b"1").is_ok(), "{name}");
        }
    }

    #[test]
    fn get_head_and_delete_have_no_body() {
        for (method, may) in
            [("GET", false), ("HEAD", false), ("DELETE", false), ("POST", true), ("PUT", true), ("PATCH", true)]
        {
            assert!(body(method, 0).is_ok());
            assert_eq!(body(method, 1).is_ok(), may, "{method}");
        }
    }

    #[test]
    fn a_write_key_is_short_and_printable() {
        for good in ["a", "01890a5d-ac96-774b-bcce-b302099a8057", "订单 7", &"k".repeat(256)] {
            assert!(key(good).is_ok(), "{good}");
        }
        for bad in ["", "a\nb", "a\u{202e}b", "a\u{200b}", &"k".repeat(257), &"货".repeat(86)] {
            assert!(key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn of_all_bytes_a_name_takes_those_of_a_token() {
        for byte in 0..=u8::MAX {
            let token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_token(byte), token, "{byte}");
        }
    }
}
