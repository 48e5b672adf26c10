//! Where the operator says what is a read, and what is captured from where, a connector does not say so alone.

use serde_json::json;
use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::{AccountConfig, CaptureRule, Config, Error, Host, Json};
use stockbridge_tests::{Recording, test_component};

use crate::guest::{GRANTED, Provider, account_at, opened, order, query, query_with, saw, serves_on};

/// An account whose reads are these.
fn reading(rules: &[&str]) -> AccountConfig {
    let grant = GrantSpec::new("https://other.example").addresses([AddressKind::Public]);
    let grant = grant.reads(rules.iter().map(|rule| rule.parse().unwrap()));
    account_at(GRANTED).allow(grant)
}

#[tokio::test]
async fn only_what_the_operator_takes_for_a_read_is_sent_as_one() {
    let provider = Provider::new();
    let account = opened(reading(&["GET /stock", "POST /query/*"]), provider.clone()).await;
    for (method, path, sent) in [
        ("GET", "/stock", true),
        ("POST", "/query/stock", true),
        ("POST", "/stock", false),
        ("GET", "/query/stock", false),
        ("POST", "/transfer", false),
        ("POST", "/query/../transfer", false),
        ("POST", "/query/%2e%2e/transfer", false),
        ("DELETE", "/stock", false),
    ] {
        provider.becomes(Recording::answering(["{}"]));
        let request = json!({"method": method, "url": format!("https://other.example{path}")});
        let seen = saw(&account, query_with("request", "request", &request)).await;
        assert_eq!(provider.sent().len(), usize::from(sent), "{method} {path}: {seen:?}");
        if !sent {
            let told = format!(
                "denied, not sent: the host refused the request: {method} https://other.example{path} is no read by the grant of the \
                 origin, which has GET /stock, POST /query/*; add it to the grant's `reads` if it changes nothing"
            );
            assert_eq!(seen, [told]);
        }
    }
    // At an origin of which nothing is said, what the connector calls a read is one.
    serves_on(&account).await;
}

/// What is no read may still be a write: it is recorded then, and once in a call.
#[tokio::test]
async fn what_is_no_read_may_be_sent_as_the_write_of_an_order() {
    let provider = Provider::new();
    let account = opened(reading(&["GET /stock"]), provider.clone()).await;
    provider.becomes(Recording::answering(["{}"]));
    let request = json!({"method": "POST", "url": "https://other.example/transfer", "write": true});
    let mut told = order("request receipt");
    told.extras = told.extras.with("request", Json::parse(request.to_string()).unwrap());
    account.transfer(told).await.unwrap();
    assert_eq!(provider.sent().len(), 1);
}

const TOKEN: &str = r#"{"token":"t1-secret","lifetime":3600,"data":{"token":"t2-secret"}}"#;

/// A connector that does not ask for the capture reads no token.
#[tokio::test]
async fn what_the_operator_has_captured_is_taken_out_though_the_connector_does_not_ask() {
    let rule = CaptureRule::new(format!("{GRANTED}/api"), "/data/token").lifetime("/lifetime");
    let account = opened(account_at(GRANTED).capture("token", rule), Recording::answering([TOKEN, "{}"])).await;
    let seen = saw(&account, query("read")).await;
    assert_eq!(seen, [r#"200 {"token":"t1-secret","lifetime":3600,"data":{"token":""}}"#]);
    // It is there for the connector to use.
    assert_eq!(saw(&account, query("token use")).await[0], "token: held");
}

/// Nor does one that asks for another place of the answer, or of another answer, have that one taken for the token.
#[tokio::test]
async fn a_capture_from_elsewhere_than_the_operator_says_is_denied() {
    let provider = Provider::new();
    let rule = CaptureRule::new(format!("{GRANTED}/token"), "/token").lifetime("/lifetime");
    let account = opened(account_at(GRANTED).capture("token", rule), provider.clone()).await;
    let asked = |path: &str, pointer: &str, lifetime: Option<&str>| {
        json!({
            "url": format!("{GRANTED}{path}"),
            "capture": [{"name": "token", "pointer": pointer, "lifetime": lifetime}],
        })
    };
    for (path, pointer, lifetime, sent) in [
        ("/token", "/token", Some("/lifetime"), true),
        ("/echo", "/token", Some("/lifetime"), false),
        ("/token", "/data/token", Some("/lifetime"), false),
        ("/token", "/token", None, false),
    ] {
        provider.becomes(Recording::answering([TOKEN]));
        let seen = saw(&account, query_with("request", "request", &asked(path, pointer, lifetime))).await;
        assert_eq!(provider.sent().len(), usize::from(sent), "{path} {pointer}: {seen:?}");
        let told = "denied, not sent: the host refused the request: the operator has `token` captured from \
                    https://granted.example/token at `/token`, and from nowhere else";
        assert_eq!(seen == [told], !sent, "{seen:?}");
    }
}

async fn refused(account: AccountConfig) -> Error {
    Host::from_config(Config::new().account(account)).await.unwrap_err()
}

#[tokio::test]
async fn a_capture_that_could_never_be_is_a_mistake_of_the_configuration() {
    let account = || account_at(GRANTED);
    for (name, rule, problem) in [
        (
            "tokens",
            CaptureRule::new(format!("{GRANTED}/t"), "/token"),
            "has no secret of this name; write one of token",
        ),
        (
            "token",
            CaptureRule::new("https://elsewhere.example/t", "/token"),
            "https://elsewhere.example is not granted",
        ),
        ("token", CaptureRule::new("/t", "/token"), "`/t` is no address"),
        ("token", CaptureRule::new(format!("{GRANTED}/t"), "token"), "`token` is no JSON pointer to a member"),
        (
            "token",
            CaptureRule::new(format!("{GRANTED}/t"), "/token").lifetime("x"),
            "`x` is no JSON pointer to a member",
        ),
    ] {
        let error = refused(account().capture(name, rule)).await.to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn a_file_says_reads_and_captures() {
    let directory = tempfile::tempdir().unwrap();
    let component = test_component("probe");
    std::fs::copy(component, directory.path().join("probe.wasm")).unwrap();
    let written = |secret: &str, reads: &str| {
        let text = format!(
            "nat64 = [\"2001:db8:64::/96\"]\n[accounts.probe]\nconnector = \"probe.wasm\"\n\
             allow = [{{ origin = \"{GRANTED}\", reads = {reads} }}]\nsettings.url = \"{GRANTED}/api\"\n\
             secrets.signing = {{ env = \"KEY\" }}\nsecrets.token = {secret}\n"
        );
        let file = directory.path().join("stockbridge.toml");
        std::fs::write(&file, text).unwrap();
        Config::from_file(file)
    };
    let capture = format!("{{ capture = \"/token\", from = \"{GRANTED}/token\", lifetime = \"/lifetime\" }}");
    let reads = "[\"GET /token\"]";
    for (secret, reads, problem) in [
        ("{ capture = \"/token\" }", reads, "names no address to capture it from"),
        ("{ capture = \"/token\", at = \"x\" }", reads, "there is no such key"),
        (&*capture, "[\"READ /token\"]", "is not a method and a path"),
        (&capture, "[\"GET /a/*/b\"]", "is not a method and a path"),
    ] {
        let told = written(secret, reads).unwrap_err().to_string();
        assert!(told.contains(problem) && told.contains("stockbridge.toml:"), "{told}");
    }
    // What is missing is the variable alone.
    let told = written(&capture, reads).unwrap_err();
    assert_eq!(told.mistakes().len(), 1, "{told}");
    assert!(told.to_string().contains("KEY"), "{told}");
}
