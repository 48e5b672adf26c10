//! Requests that were not granted, or that are not what they seem: each is denied with the reason, and nothing is sent.

use serde_json::{Value, json};
use stockbridge::Account;
use stockbridge_tests::Recording;

use crate::guest::{GRANTED, Provider, account_at, answered, opened, query_with, saw, serves_on};

/// An account, and what it sent.
struct Guest {
    account: Account,
    recording: Recording,
}

impl Guest {
    async fn new() -> Guest {
        let (account, recording) = answered().await;
        Guest { account, recording }
    }

    /// What the guest is told of a request that is denied.
    async fn denied(&self, request: Value) -> String {
        let seen = saw(&self.account, query_with("request", "request", &request)).await;
        assert!(self.recording.sent().is_empty(), "{request} was sent: {seen:?}");
        serves_on(&self.account).await;
        let [told] = seen.as_slice() else { panic!("{seen:?}") };
        let reason = told.strip_prefix("denied, not sent: the host refused the request: ");
        reason.unwrap_or_else(|| panic!("{request}: {told}")).to_owned()
    }
}

#[tokio::test]
async fn another_origin_is_denied_by_its_name() {
    let guest = Guest::new().await;
    for (url, origin) in [
        ("https://evil.example/api", "https://evil.example"),
        ("http://granted.example/api", "http://granted.example"),
        ("https://granted.example:8443/api", "https://granted.example:8443"),
        ("https://granted.example.evil.example/api", "https://granted.example.evil.example"),
        ("https://granted.examples/api", "https://granted.examples"),
        ("https://sub.granted.example/api", "https://sub.granted.example"),
        ("https://127.0.0.1/api", "https://127.0.0.1"),
        ("https://[::1]/api", "https://[::1]"),
    ] {
        let reason = format!("{origin} was not granted; add it to the account's `allow` if it should be");
        assert_eq!(guest.denied(json!({"url": url})).await, reason);
    }
    for url in ["file:///etc/hostname", "data:text/plain,x", "ftp://granted.example/", "/api", ""] {
        guest.denied(json!({"url": url})).await;
    }
}

#[tokio::test]
async fn an_address_that_a_parser_would_mend_is_denied() {
    let guest = Guest::new().await;
    let user = "the address has a user name in it";
    let path = "the path is not written plainly: percent-encode it, and pass the query separately";
    let host = "the host is not a name of letters, digits, hyphens and dots";
    let scheme = "the address begins with neither http:// nor https://";
    for (url, reason) in [
        ("https://user@granted.example/api", user),
        ("https://user:password@granted.example/api", user),
        ("https://granted.example@evil.example/api", user),
        ("https://granted.example/api#fragment", path),
        ("https://granted.example/api?a=1", path),
        ("https://granted.example\\@evil.example/api", user),
        ("https:\\\\granted.example\\api", scheme),
        ("https://granted.example/a\tpi", path),
        ("https://gran\tted.example/api", host),
        ("https://granted.example./api", host),
        ("https://granted.example/a\r\npi", path),
        (" https://granted.example/api", scheme),
        ("https://granted.example/a pi", path),
        ("https://granted.example/货", path),
        ("https://granted.example/api\u{0}", path),
    ] {
        assert_eq!(guest.denied(json!({"url": url})).await, reason, "{url:?}");
    }
}

#[tokio::test]
async fn a_query_that_is_not_written_plainly_is_denied() {
    let guest = Guest::new().await;
    for query in ["a=b#c", "a=b c", "a=b\r\nx: y", "a=货", "a=\t"] {
        let reason = "the query is not written plainly: percent-encode it";
        assert_eq!(guest.denied(json!({"query": [query]})).await, reason, "{query:?}");
    }
}

#[tokio::test]
async fn a_header_of_the_connection_is_denied() {
    let guest = Guest::new().await;
    for name in [
        "host",
        "Host",
        "content-length",
        "Content-Length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "proxy-authorization",
        "proxy-authenticate",
        "proxy-connection",
        "forwarded",
        "accept-encoding",
    ] {
        let reason = format!("the header `{}` belongs to the host", name.to_ascii_lowercase());
        assert_eq!(guest.denied(json!({"headers": [[name, ["1"]]]})).await, reason);
    }
}

#[tokio::test]
async fn a_header_that_breaks_its_line_is_denied() {
    let guest = Guest::new().await;
    for value in ["1\r\nx-other: 2", "1\n", "\r", "1\u{0}", "1\u{7f}"] {
        let reason = "the value of the header `x-one` has a control character";
        assert_eq!(guest.denied(json!({"headers": [["x-one", [value]]]})).await, reason, "{value:?}");
    }
    // Cut in two, it is the same value.
    let reason = guest.denied(json!({"headers": [["x-one", ["1\r", "\nx-other: 2"]]]})).await;
    assert_eq!(reason, "the value of the header `x-one` has a control character");
    for name in ["", "x one", "x-one:", "x\r\nx-other", "x-öne"] {
        assert_eq!(
            guest.denied(json!({"headers": [[name, ["1"]]]})).await,
            "a header's name is no HTTP token",
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn a_method_that_is_not_one_of_the_six_is_denied() {
    let guest = Guest::new().await;
    for method in ["CONNECT", "TRACE", "OPTIONS", "get", "", "GET /x", "GET\r\n", "BREW"] {
        let reason = "the method is none of GET, HEAD, POST, PUT, PATCH and DELETE";
        assert_eq!(guest.denied(json!({"method": method})).await, reason, "{method:?}");
    }
}

/// Servers that leave such a body unread answered it as the next request on the connection, which was another account's.
#[tokio::test]
async fn a_body_on_get_head_or_delete_is_denied() {
    let guest = Guest::new().await;
    for method in ["GET", "HEAD", "DELETE"] {
        let reason = guest.denied(json!({"method": method, "body": ["GET / HTTP/1.1\r\n"]})).await;
        assert!(reason.starts_with(&format!("a {method} request must have no body")), "{reason}");
    }
}

#[tokio::test]
async fn a_request_that_is_granted_is_sent_as_it_was_written() {
    let provider = Provider::new();
    let account = opened(account_at(GRANTED), provider.clone()).await;
    for (method, has_body) in
        [("GET", false), ("HEAD", false), ("POST", true), ("PUT", true), ("PATCH", true), ("DELETE", false)]
    {
        provider.becomes(Recording::answering(["{}"]));
        let request = json!({
            "method": method,
            "url": format!("{GRANTED}/a/%2e%2E/b"),
            "query": ["z=%E8%B4%A7", "&a=1+2"],
            "headers": [["X-One", ["1\t", "2"]], ["x-one", ["3"]]],
            "body": if has_body { json!(["{\"n\":", "1}"]) } else { json!([]) },
        });
        assert_eq!(saw(&account, query_with("request", "request", &request)).await, ["200 {}"]);
        let [sent] = &provider.sent()[..] else { panic!("{:?}", provider.sent()) };
        assert_eq!((&*sent.method, &*sent.body), (method, if has_body { "{\"n\":1}" } else { "" }));
        assert!(sent.url.ends_with("?z=%E8%B4%A7&a=1+2"), "{}", sent.url);
        let headers = [("x-one", "1\t2"), ("x-one", "3")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(sent.headers, headers);
    }
}
