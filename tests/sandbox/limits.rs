//! What a call may use. Each time the account's next call is answered as if nothing had been.

use std::time::{Duration, Instant};

use stockbridge::transport::{Exchange, OutboundRequest, Transport};
use stockbridge::{ConnectorFault, Error, ErrorClass, ErrorKind, Limits, Outcome};
use stockbridge_tests::Log;

use crate::guest::{GRANTED, account_at, opened, order, query, query_with, saw, serves_on, within};

const DEADLINE: Duration = Duration::from_millis(250);
/// How long after its deadline a call may end on a busy machine.
const LATE: Duration = Duration::from_secs(3);

/// Answers no request, and does not look at its timeout either.
struct Silent;

impl Transport for Silent {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        Box::pin(std::future::pending())
    }
}

fn fault(error: &Error) -> &ConnectorFault {
    match error.kind() {
        ErrorKind::Connector { fault, .. } => fault,
        other => panic!("{other}"),
    }
}

/// On one thread too: the guest gives way, so the other call is answered while it spins.
#[tokio::test(flavor = "current_thread")]
async fn a_guest_that_spins_leaves_the_thread_to_others() {
    let (account, _) = within(Limits::default().deadline(Duration::from_secs(2))).await;
    let spinning = tokio::spawn({
        let account = account.clone();
        async move { account.query(query("spin")).await.unwrap_err() }
    });
    tokio::task::yield_now().await;
    serves_on(&account).await;
    assert!(!spinning.is_finished());
    assert_eq!(spinning.await.unwrap().code(), "connector.deadline");
}

#[tokio::test]
async fn a_guest_that_waits_for_an_answer_for_ever_ends_at_the_deadline() {
    let account =
        opened(account_at(GRANTED).limits(Limits::default().deadline(DEADLINE).min_time_left(Duration::ZERO)), Silent)
            .await;
    let begun = Instant::now();
    let error = account.query(query("read")).await.unwrap_err();
    let took = begun.elapsed();
    assert_eq!(error.code(), "provider.no-answer");
    assert!(took >= DEADLINE && took < DEADLINE + LATE, "{took:?}");

    let failure = account.transfer(order("write")).await.unwrap_err();
    assert_eq!((failure.error().code(), failure.outcome()), ("provider.no-answer", Outcome::Unknown));
    serves_on(&account).await;
}

#[tokio::test]
async fn a_guest_that_wants_too_much_memory_is_told_apart_from_one_that_panics() {
    let limit = 4 * 1024 * 1024;
    let (account, _) = within(Limits::default().memory(limit)).await;
    let error = account.query(query("grow")).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("connector.memory", ErrorClass::Internal));
    assert_eq!(*fault(&error), ConnectorFault::Memory(limit));
    serves_on(&account).await;

    let error = account.query(query("panic")).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("connector.trapped", ErrorClass::Internal));
    assert_eq!(error.to_string(), "account `probe`: the connector trapped: it panicked or aborted");
    serves_on(&account).await;
}

#[tokio::test]
async fn a_request_beyond_the_limit_is_refused_with_the_reason() {
    let (account, recording) = within(Limits::default().requests(2)).await;
    let seen = saw(&account, query("read read read")).await;
    let refused = "denied, not sent: the host refused the request: the call has sent its 2 requests";
    assert_eq!(seen, ["200 {}", "200 {}", refused]);
    assert_eq!(recording.sent().len(), 2);
    // Another call has requests of its own.
    assert_eq!(saw(&account, query("read")).await, ["200 {}"]);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_not_sent() {
    let (account, recording) = within(Limits::default().request_body(10)).await;
    for (body, expected) in [
        ("0123456789", "200 {}"),
        ("0123456789a", "denied, not sent: the host refused the request: the body has more than 10 bytes"),
    ] {
        let request = serde_json::json!({"method": "POST", "body": [body]});
        assert_eq!(saw(&account, query_with("request", "request", &request)).await, [expected]);
    }
    assert_eq!(recording.sent().len(), 1);
    serves_on(&account).await;
}

/// Each way to a digest counts, so none is a way round the limit.
#[tokio::test]
async fn a_digest_beyond_the_limit_is_refused() {
    let (account, _) = within(Limits::default().digests(2)).await;
    let what = serde_json::json!({"algorithm": "md5", "key": "signing", "parts": ["abc"]});
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    assert_eq!(saw(&account, query_with("digest digest digest", "digest", &what)).await, [md5, md5, "limit"]);
    for step in ["digest", "hmac", "join", "derive-digest", "derive-hmac"] {
        let seen = saw(&account, query_with(&format!("join join {step}"), "digest", &what)).await;
        assert_eq!(seen, ["limit"], "{step}");
    }
    assert_eq!(saw(&account, query_with("digest", "digest", &what)).await, [md5]);
}

/// A call holds at most 256 secrets at a time: 300 one after the other are no trouble.
#[tokio::test]
async fn a_secret_that_is_dropped_makes_room_for_another() {
    let (account, _) = within(Limits::default().digests(1000)).await;
    let what = serde_json::json!({"parts": [{"secret": "signing"}]});
    assert_eq!(saw(&account, query_with(&"join ".repeat(300), "digest", &what)).await, Vec::<String>::new());
}

#[tokio::test]
async fn lines_beyond_the_limit_are_dropped_and_counted_and_the_guest_goes_on() {
    let log = Log::listen();
    let (account, _) = within(Limits::default().log_lines(3)).await;
    assert_eq!(saw(&account, query("flood read")).await, ["200 {}"]);
    assert_eq!((log.of_connectors().len(), log.dropped()), (3, vec![9_997]));
    serves_on(&account).await;
}
