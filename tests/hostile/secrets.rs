//! Guests that try to learn a secret, or to send it to somebody else.

use std::time::{Duration, Instant};

use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge_tests::{Log, Recording};

use crate::scene::{BEARER, Call, DEADLINE, GRANTED, SIGNING, Scene, answered, failed, queried, result_of};

/// The suite's secrets as plain text, percent-encoded, in hex and in base64.
const FORMS: [&str; 8] = [
    SIGNING,
    "7331676e696e672d733363726574",
    "czFnbmluZy1zM2NyZXQ",
    BEARER,
    "b3arer%20s3cret",
    "b3arer+s3cret",
    "62336172657220733363726574",
    "YjNhcmVyIHMzY3JldA",
];

/// The text reveals no secret.
pub(crate) fn assert_no_secret(text: &str) {
    let lower = text.to_lowercase();
    for form in FORMS {
        assert!(!text.contains(form) && !lower.contains(&form.to_lowercase()), "`{form}` is revealed: {text}");
    }
}

#[tokio::test]
pub(crate) async fn secret_asked_a_million_times() {
    let scene = Scene::lasting("secret-asked-a-million-times", Duration::from_secs(60)).await;
    assert_eq!(scene.result_of(Call::Query).await, answered("a million"));
}

#[tokio::test]
pub(crate) async fn secret_asked_for_ever() {
    let late = failed("connector.deadline", "the call did not end within 400 ms");
    assert_eq!(result_of("secret-asked-for-ever", Call::Query).await, late);
}

#[tokio::test]
pub(crate) async fn secret_that_is_none() {
    assert_eq!(result_of("secret-that-is-none", Call::Query).await, answered("[] None None"));
}

#[tokio::test]
pub(crate) async fn digests_without_end() {
    assert_eq!(result_of("digests-without-end", Call::Query).await, answered("256"));
}

#[tokio::test]
pub(crate) async fn secret_parts_beyond_the_limit() {
    let text = "refused: limit";
    assert_eq!(result_of("secret-parts-beyond-the-limit", Call::Query).await, failed("provider.rejected", text));
}

#[tokio::test]
pub(crate) async fn secret_out_by_digest() {
    let result = result_of("secret-out-by-digest", Call::Query).await;
    assert_eq!(result.code, "answered", "{result:?}");
    assert_no_secret(&result.text);
}

#[tokio::test]
pub(crate) async fn secret_out_by_log() {
    let log = Log::listen();
    assert_eq!(result_of("secret-out-by-log", Call::Query).await, answered("logged"));
    let lines = log.of_connectors();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("signing bearer"), "{lines:?}");
    log.lines().iter().for_each(|line| assert_no_secret(line));
}

#[tokio::test]
pub(crate) async fn secret_out_by_url() {
    refused_unsent("secret-out-by-url", "the secret `signing` is only for signing and does not go into a request")
        .await;
}

#[tokio::test]
pub(crate) async fn secret_out_by_joining() {
    let reason = "a secret derived from one that is only for signing does not go into a request";
    refused_unsent("secret-out-by-joining", reason).await;
}

#[tokio::test]
pub(crate) async fn secret_out_to_another_origin() {
    let reason = "https://evil.example was not granted; add it to the account's `allow` if it should be";
    refused_unsent("secret-out-to-another-origin", reason).await;
}

async fn refused_unsent(guest: &str, reason: &str) {
    let (log, transport) = (Log::listen(), Recording::answering(["{}"]));
    let scene = Scene::at(guest, GRANTED, transport.clone()).await;
    let text = format!("the host refused the request: {reason}");
    assert_eq!(scene.result_of(Call::Query).await, failed("provider.forbidden", &text));
    assert!(transport.sent().is_empty(), "{:?}", transport.sent());
    log.lines().iter().for_each(|line| assert_no_secret(line));
}

#[tokio::test]
pub(crate) async fn secret_out_by_error_text() {
    let (log, transport) = (Log::listen(), Recording::answering(["{}"]));
    let scene = Scene::at("secret-out-by-error-text", GRANTED, transport.clone()).await;
    let refusals = "the host refused the request: the query is not written plainly: percent-encode it\n\
                the host refused the request: a header's name is no HTTP token\n\
                the host refused the request: the descriptor does not declare `bearer` as a captured secret";
    assert_eq!(scene.result_of(Call::Query).await, answered(refusals));
    assert!(transport.sent().is_empty());
    log.lines().iter().for_each(|line| assert_no_secret(line));
}

/// One call computes while it holds the slot for secrets; another waits for the slot, up to its own deadline; then the slot is
/// free.
#[tokio::test]
pub(crate) async fn secret_turn_held() {
    let scene = Scene::of("secret-turn-held").await;
    let (one, other) = (scene.account(), scene.account());
    let started = Instant::now();
    let (holds, waits) = scene.bounded(async { tokio::join!(queried(&one, "s"), queried(&other, "wait")) }).await;
    let late = failed("connector.deadline", "the call did not end within 400 ms");
    assert_eq!(holds, late);
    assert!(started.elapsed() >= DEADLINE);
    // It got the slot shortly before its own deadline, or it ended first.
    assert!(waits == late || waits == answered("Err(Refusal::Expired)"), "{waits:?}");
    assert_eq!(queried(&scene.account(), "wait").await, answered("Err(Refusal::Expired)"));
    scene.assert_well().await;
}

/// Returns each request unchanged.
struct Echo;

impl Transport for Echo {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        let headers = vec![("x-echo".to_owned(), request.body.to_vec())];
        let answer = InboundResponse { status: 200, headers, body: request.body.to_vec() };
        Box::pin(async { Ok(answer) })
    }
}

#[tokio::test]
pub(crate) async fn secret_out_by_echo() {
    let log = Log::listen();
    let result = Scene::at("secret-out-by-echo", GRANTED, Echo).await.result_of(Call::Query).await;
    assert_eq!(result.code, "answered", "{result:?}");
    assert_no_secret(&result.text);
    log.lines().iter().for_each(|line| assert_no_secret(line));
}

/// 256 handles of 4 MiB would be a gigabyte.
#[tokio::test]
pub(crate) async fn handles_of_huge_secrets() {
    let scene = Scene::lasting("handles-of-huge-secrets", Duration::from_secs(30)).await;
    assert_eq!(scene.result_of(Call::Query).await.code, "answered");
}

/// The length is checked before the parts are joined: a million times eight megabytes do not fit into any memory.
#[tokio::test]
pub(crate) async fn secret_parts_that_multiply() {
    let refused = failed("provider.rejected", "refused: limit");
    assert_eq!(result_of("secret-parts-that-multiply", Call::Query).await, refused);
}

/// Each capture reads the whole answer at once, without interruption.
#[tokio::test]
pub(crate) async fn captures_by_thousands() {
    let answer = format!("[{}0]", "0,".repeat(2 * 1024 * 1024));
    let scene = Scene::at("captures-by-thousands", GRANTED, Recording::answering([answer])).await;
    assert_eq!(scene.result_of(Call::Query).await.code, "provider.forbidden");
}
