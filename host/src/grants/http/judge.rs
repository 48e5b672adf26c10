//! Whether a method and a header may leave. Where a request may go is `egress`'s verdict.

use crate::one_line::disturbs;

/// The method, if connectors may use it.
pub(super) fn method(method: &str) -> Result<&'static str, String> {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        .into_iter()
        .find(|known| *known == method)
        .ok_or_else(|| "the method is none of GET, HEAD, POST, PUT, PATCH and DELETE".to_owned())
}

/// A method with what it carries. What some servers do not read of a request, they take for the beginning of the next one.
pub(super) fn body(method: &str, length: usize) -> Result<(), String> {
    match method {
        "GET" | "HEAD" | "DELETE" if length > 0 => Err(format!(
            "a {method} with a body is not sent: some servers do not read it, and take it for another request"
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

/// Headers by which something on the way takes a request for another one, sends it elsewhere, or asks for a part of an answer.
const REROUTING: [&str; 13] = [
    "client-ip",
    "if-range",
    "max-forwards",
    "range",
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
/// What such headers begin with, where there are many.
const REROUTING_KINDS: [&str; 4] = ["x-forwarded", "x-original-", "x-override-", "x-rewrite-"];

/// The header's name in lower case, if a connector may set it to this value.
pub(super) fn header(name: &str, value: &[u8]) -> Result<String, String> {
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("a header's name is no HTTP token".to_owned());
    }
    let name = name.to_ascii_lowercase();
    // Many servers hand both characters to an application as one.
    let read = name.replace('_', "-");
    if OWNED.contains(&read.as_str()) {
        return Err(format!("the header `{name}` belongs to the host"));
    }
    if REROUTING.contains(&read.as_str()) || REROUTING_KINDS.iter().any(|kind| read.starts_with(kind)) {
        return Err(format!("the header `{name}` could make another request of this one on its way"));
    }
    // Each cloud's metadata service has one that opens it, and each has the word in it.
    if read.contains("metadata") {
        return Err(format!("the header `{name}` is for metadata services"));
    }
    if value.iter().any(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f) {
        return Err(format!("the value of the header `{name}` has a control character"));
    }
    Ok(name)
}

/// The longest key of a write, in bytes.
const LONGEST_KEY: usize = 256;

/// The key under which a provider is to know a write: it is kept, shown and asked for.
pub(super) fn key(key: &str) -> Result<(), String> {
    if key.len() > LONGEST_KEY {
        return Err(format!("the key of a write has more than {LONGEST_KEY} bytes"));
    }
    if key.is_empty() || key.chars().any(disturbs) {
        return Err("the key of a write is empty, or has a character in it that is not seen".to_owned());
    }
    Ok(())
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
    fn what_makes_another_request_of_it_on_the_way_is_refused_however_it_is_written() {
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
    fn what_is_not_read_everywhere_has_no_body() {
        for (method, may) in
            [("GET", false), ("HEAD", false), ("DELETE", false), ("POST", true), ("PUT", true), ("PATCH", true)]
        {
            assert!(body(method, 0).is_ok());
            assert_eq!(body(method, 1).is_ok(), may, "{method}");
        }
    }

    #[test]
    fn a_key_is_short_and_can_be_read() {
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
