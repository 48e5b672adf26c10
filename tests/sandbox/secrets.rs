//! Configured secrets: what may be sent, what may only be signed with, and that the figures are right.

use serde_json::{Value, json};
use stockbridge::{Account, Json, Secret};
use stockbridge_tests::{Recorded, Recording};

use crate::guest::{GRANTED, Provider, account_at, answered, opened, query_with, saw, serves_on};

/// An account, and the provider that answers it.
struct Guest {
    account: Account,
    provider: Provider,
}

impl Guest {
    async fn new() -> Guest {
        let provider = Provider::new();
        Guest { account: opened(account_at(GRANTED), provider.clone()).await, provider }
    }

    /// What the steps saw with this request and this to digest, and what they sent.
    async fn sent(&self, steps: &str, request: Value, digest: Option<Value>) -> (Vec<String>, Vec<Recorded>) {
        self.provider.becomes(Recording::answering(["{}"]));
        let mut query = query_with(steps, "request", &request);
        if let Some(digest) = digest {
            query = query.extra("digest", Json::parse(digest.to_string()).unwrap());
        }
        let seen = saw(&self.account, query).await;
        serves_on(&self.account).await;
        (seen, self.provider.sent())
    }
}

/// A request with the piece in its query, in a header, or in its body.
fn everywhere(piece: &Value) -> [Value; 3] {
    [
        json!({"query": ["sign=", piece]}),
        json!({"headers": [["x-plain", ["1"]], ["authorization", ["Bearer ", piece]]]}),
        json!({"method": "POST", "body": ["{\"sign\":\"", piece, "\"}"]}),
    ]
}

#[tokio::test]
async fn a_secret_that_is_only_for_signing_is_never_sent() {
    let guest = Guest::new().await;
    let denied = "denied, not sent: the host refused the request: \
                  the secret `signing` is only for signing and does not go into a request";
    for encoding in ["form", "percent", "json", "hex-lower", "hex-upper", "base64", "base64url"] {
        for request in everywhere(&json!({"secret": "signing", "as": encoding})) {
            let (seen, sent) = guest.sent("request", request.clone(), None).await;
            assert_eq!(seen, [denied], "{request}");
            assert!(sent.is_empty(), "{request}");
        }
    }
}

#[tokio::test]
async fn what_is_joined_from_a_secret_that_is_only_for_signing_is_never_sent() {
    let guest = Guest::new().await;
    let denied = "denied, not sent: the host refused the request: \
                  a secret derived from one that is only for signing does not go into a request";
    let joined = json!({"parts": ["a", {"secret": "bearer"}, {"secret": "signing", "as": "hex-lower"}]});
    for request in everywhere(&json!({"secret": "join", "as": "hex-lower"})) {
        let (seen, sent) = guest.sent("join request", request.clone(), Some(joined.clone())).await;
        assert_eq!(seen, [denied], "{request}");
        assert!(sent.is_empty(), "{request}");
    }
}

/// What was encoded twice would be recognised in no echo.
#[tokio::test]
async fn a_secret_leaves_in_one_encoding_at_most() {
    let guest = Guest::new().await;
    let denied = "denied, not sent: the host refused the request: a secret goes into a request in one encoding at most: \
                  join it with others as `plain`, or send what was joined as `plain`";
    for inner in ["form", "percent", "json", "hex-lower", "hex-upper", "base64", "base64url"] {
        let joined = json!({"parts": ["a", {"secret": "bearer", "as": inner}]});
        for outer in ["form", "percent", "json", "hex-lower", "hex-upper", "base64", "base64url"] {
            for request in everywhere(&json!({"secret": "join", "as": outer})) {
                let (seen, sent) = guest.sent("join request", request.clone(), Some(joined.clone())).await;
                assert_eq!(seen, [denied], "{inner} {request}");
                assert!(sent.is_empty(), "{inner} {request}");
            }
        }
        let [.., body] = everywhere(&json!({"secret": "join"}));
        let (seen, sent) = guest.sent("join request", body, Some(joined)).await;
        assert_eq!((&*seen[0], sent.len()), ("200 {}", 1), "{inner}");
    }
}

/// A guest that adds bytes until it is refused learns the limit, and nothing of what stands beside them.
#[tokio::test]
async fn where_a_request_is_too_large_does_not_tell_the_length_of_a_secret() {
    let mut refused_from = Vec::new();
    for length in [1, 9, 40, 300, 1_000] {
        let account = account_at(GRANTED).secret("bearer", Secret::new("k".repeat(length)));
        let provider = Provider::new();
        let account = opened(account, provider.clone()).await;
        let (mut fits, mut too_much) = (0, 64 * 1024);
        while too_much - fits > 1 {
            let middle = (fits + too_much) / 2;
            provider.becomes(Recording::answering(["{}"]));
            let request = json!({"headers": [["x-pad", ["a".repeat(middle)]], ["x-token", [{"secret": "bearer"}]]]});
            let seen = saw(&account, query_with("request", "request", &request)).await;
            if seen[0] == "200 {}" { fits = middle } else { too_much = middle }
        }
        refused_from.push(too_much);
    }
    assert!(refused_from.iter().all(|from| *from == refused_from[0]), "{refused_from:?}");
}

/// The expectations are Python's: `base64`, `urllib.parse`, `json`.
#[tokio::test]
async fn the_host_writes_a_secret_that_may_be_sent_into_the_request() {
    let guest = Guest::new().await;
    for (encoding, written) in [
        ("form", "b3arer+%22key%22%26"),
        ("percent", "b3arer%20%22key%22%26"),
        ("hex-lower", "62336172657220226b65792226"),
        ("hex-upper", "62336172657220226B65792226"),
        ("base64", "YjNhcmVyICJrZXkiJg=="),
        ("base64url", "YjNhcmVyICJrZXkiJg"),
    ] {
        let [query, header, body] = everywhere(&json!({"secret": "bearer", "as": encoding}));
        let (seen, recorded) = guest.sent("request", query, None).await;
        assert_eq!(recorded[0].url, format!("https://granted.example/api?sign={written}"));
        assert_eq!(seen, ["200 {}"]);
        let (_, recorded) = guest.sent("request", header, None).await;
        let headers = [("x-plain", "1"), ("authorization", &format!("Bearer {written}"))];
        assert_eq!(recorded[0].headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let (_, recorded) = guest.sent("request", body, None).await;
        assert_eq!((&*recorded[0].method, &*recorded[0].body), ("POST", &*format!("{{\"sign\":\"{written}\"}}")));
    }
    let json = json!({"method": "POST", "body": ["{\"key\":\"", {"secret": "bearer", "as": "json"}, "\"}"]});
    assert_eq!(guest.sent("request", json, None).await.1[0].body, "{\"key\":\"b3arer \\\"key\\\"&\"}");
    let joined = json!({"parts": ["a", {"secret": "bearer"}]});
    let request = json!({"method": "POST", "body": [{"secret": "join", "as": "base64"}]});
    assert_eq!(guest.sent("join request", request, Some(joined)).await.1[0].body, "YWIzYXJlciAia2V5IiY=");
}

/// `hashlib.new(a, b'before|' + key + b'|after')` and `hmac.new(key, b'abc', a)`, with the key `s3cret "key"&`.
#[tokio::test]
async fn digests_and_hmacs_over_secrets_are_those_of_independent_code() {
    let (account, _) = answered().await;
    for (algorithm, digest, hmac) in [
        ("md5", "2fbf2fdd7e2b5015f084a4bff8ba5ca3", "f595f6a42903d0f206950c10fef9a912"),
        ("sha1", "7296a2ee296149186b1d60c377088035b1729c4c", "ef6d7a853ca8b0858e1539104542948cc31b0942"),
        (
            "sha256",
            "7e4af1bd506dbbf22daf01a113b2cf589d913476072bd938f95b9e31134217a6",
            "abd471b96c2ffd4323ce9cddbb4f219498ea356ad9fc4df33cd4ce4e85bf5f5d",
        ),
        (
            "sha512",
            "d15cc02c1ad88930803e44f30400f4419e2ab0f39ac01b9515ffb0859064e523\
             fd06910fb80af2d906e595290d5f7e2d28dc509e634f089a5639b0c5e8738d4f",
            "173b2b563f44cf2544a4f5ee7a195a7e41d5b8051feb3982eacd05ab0ee01bcd\
             7f6d6c511a351af90cd9b8614fcd1f774b5c7975bbb880192a5e43290753ad5b",
        ),
    ] {
        let digested = json!({"algorithm": algorithm, "parts": ["before|", {"secret": "signing"}, "|after"]});
        assert_eq!(saw(&account, query_with("digest", "digest", &digested)).await, [digest]);
        let keyed = json!({"algorithm": algorithm, "key": "signing", "parts": ["abc"]});
        assert_eq!(saw(&account, query_with("hmac", "digest", &keyed)).await, [hmac]);
    }
}

/// What a guest could compute and send itself, it may have sent: `hmac.new(key, b'date', 'sha256').hexdigest()` and
/// `sha256(key + b'x').hexdigest()`.
#[tokio::test]
async fn a_derived_secret_is_sent_as_independent_code_computes_it() {
    let guest = Guest::new().await;
    for (step, parts, written) in [
        ("derive-hmac", json!(["date"]), "7a15f13ae4df16da6c29061165c295c59d51e58f7796999b8fe723f08eca9637"),
        (
            "derive-digest",
            json!([{"secret": "signing"}, "x"]),
            "f4352b83289052a30c97d341b05c4859cd6c783e6df60f438ce59d80360093dd",
        ),
    ] {
        let digest = json!({"algorithm": "sha256", "key": "signing", "parts": parts});
        let request = json!({"query": ["sign=", {"secret": step, "as": "hex-lower"}]});
        let (_, recorded) = guest.sent(&format!("{step} request"), request, Some(digest)).await;
        assert_eq!(recorded[0].url, format!("https://granted.example/api?sign={written}"));
    }
}

#[tokio::test]
async fn a_secret_is_given_by_its_name_and_an_unknown_one_is_missing() {
    let (account, _) = answered().await;
    for (name, answer) in [
        ("signing", "signing: held"),
        ("bearer", "bearer: held"),
        // Declared and not configured; not declared; a setting.
        ("absent", "absent: missing"),
        ("other", "other: missing"),
        ("url", "url: missing"),
        ("", ": missing"),
    ] {
        assert_eq!(saw(&account, query_with("get", "name", &name.into())).await, [answer]);
    }
}
