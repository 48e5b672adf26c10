//! Guests with odd descriptions, or that do more than describe themselves.

use std::time::{Duration, Instant};

use stockbridge_tests::{Log, Recording};

use crate::scene::{Call, GRANTED, Scene, answered, loading};

async fn refused(guest: &str, reason: &str) {
    let text = format!("does not describe itself: {reason}");
    assert_eq!(loading(guest).await, ("component.describe", text), "{guest}");
}

/// Longest time for loading a guest that does not end by itself.
const LOADING: Duration = Duration::from_secs(8);

async fn does_not_load_for_ever(guest: &str) {
    let started = Instant::now();
    refused(guest, "the call did not end within 5000 ms").await;
    assert!(started.elapsed() < LOADING, "it took {:?}", started.elapsed());
}

#[tokio::test]
pub(crate) async fn describe_with_an_odd_name() {
    refused("describe-with-an-odd-name", "`\\u{1b}[2Jwdt` is no name").await;
}

#[tokio::test]
pub(crate) async fn describe_the_same_twice() {
    refused("describe-the-same-twice", "it declares `signing` twice").await;
}

#[tokio::test]
pub(crate) async fn describe_by_thousands() {
    refused("describe-by-thousands", "it has more than 64 settings or secrets").await;
}

#[tokio::test]
pub(crate) async fn describe_by_the_clock() {
    refused("describe-by-the-clock", "the connector trapped: `describe` asked for the time").await;
}

/// The request is refused, gets no answer, and its log line is dropped.
#[tokio::test]
pub(crate) async fn describe_sends() {
    let (log, transport) = (Log::listen(), Recording::answering(["{}"]));
    let scene = Scene::at("describe-sends", GRANTED, transport.clone()).await;
    let refusals = "the host refused the request: `describe` sends nothing; Err(Refusal::Missing); None";
    assert_eq!(scene.account().descriptor().unwrap().title, refusals);
    assert!(transport.sent().is_empty() && log.of_connectors().is_empty());
    assert_eq!(scene.result_of(Call::Query).await, answered("nothing"));
}

/// Setting an account up sends nothing, not even reads.
#[tokio::test]
pub(crate) async fn operations_send() {
    let transport = Recording::answering(["{}"]);
    let scene = Scene::at("operations-send", GRANTED, transport.clone()).await;
    let refused = "the host refused the request: `operations` sends nothing";
    assert_eq!(scene.account().operations().unwrap()[0].methods, [refused]);
    assert!(transport.sent().is_empty(), "{:?}", transport.sent());
    assert_eq!(scene.result_of(Call::Query).await, answered("nothing"));
}

/// The host keeps no more operations than an account can have.
#[tokio::test]
pub(crate) async fn operations_by_thousands() {
    let (code, text) = loading("operations-by-thousands").await;
    assert_eq!(code, "connector.violation");
    assert!(text.ends_with("it lists more than 64 operations, or methods of one"), "{text}");
}

#[tokio::test]
pub(crate) async fn spin_in_describe() {
    does_not_load_for_ever("spin-in-describe").await;
}

#[tokio::test]
pub(crate) async fn spin_in_start() {
    does_not_load_for_ever("spin-in-start").await;
}

#[tokio::test]
pub(crate) async fn trap_in_start() {
    let text = "does not describe itself: the connector trapped: it panicked or aborted";
    assert_eq!(loading("trap-in-start").await, ("component.describe", text.to_owned()));
}

#[tokio::test]
pub(crate) async fn memory_of_four_gigabytes() {
    let text = "does not describe itself: the connector wanted more than 67108864 bytes of memory";
    assert_eq!(loading("memory-of-four-gigabytes").await, ("component.describe", text.to_owned()));
}

#[tokio::test]
pub(crate) async fn describe_at_length() {
    let (code, text) = loading("describe-at-length").await;
    assert_eq!(code, "component.describe");
    assert!(text.starts_with("does not describe itself: its title has "), "{text}");
}
