//! Tokens that the host takes out of an answer: the guest uses them and never sees them, and one call renews for all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge::{Limits, Outcome};
use stockbridge_tests::Recording;

use crate::guest::{GRANTED, Provider, account_at, answered, opened, order, query, query_with, saw, serves_on};

/// Takes a while to give a token: `t1` with this lifetime in seconds, then `t2`, `t3` … with an hour each.
#[derive(Clone)]
struct Tokens {
    first_lives: u64,
    given: Arc<AtomicUsize>,
    used: Arc<Mutex<Vec<String>>>,
}

impl Tokens {
    fn new(first_lives: u64) -> Tokens {
        Tokens { first_lives, given: Arc::default(), used: Arc::default() }
    }

    fn given(&self) -> usize {
        self.given.load(Ordering::SeqCst)
    }

    fn used(&self) -> Vec<String> {
        self.used.lock().unwrap().clone()
    }
}

impl Transport for Tokens {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        Box::pin(async move {
            let mut body = "{}".to_owned();
            if *request.body == *b"renew" {
                let number = self.given.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
                let lifetime = if number == 1 { self.first_lives } else { 3600 };
                body = format!("{{\"token\":\"t{number}\",\"lifetime\":{lifetime}}}");
            }
            for (_, value) in request.headers.iter().filter(|(name, _)| name == "x-token") {
                self.used.lock().unwrap().push(String::from_utf8(value.clone()).unwrap());
            }
            Ok(InboundResponse { status: 200, headers: Vec::new(), body: body.into_bytes() })
        })
    }
}

#[tokio::test]
async fn a_token_is_taken_out_of_the_answer_and_every_other_byte_stays() {
    let answer = "{ \"n\": 1.50,\"token\" : \"t\\u0031-secret\", \"货\":[ ],\"lifetime\":3600 }";
    let recording = Recording::answering([answer, "{}"]);
    let account = opened(account_at(GRANTED), recording.clone()).await;
    let shown = "200 { \"n\": 1.50,\"token\" : \"\", \"货\":[ ],\"lifetime\":3600 }";
    assert_eq!(saw(&account, query("token use")).await, ["token: expired", shown, "token: held", "200 {}"]);
    // The next call has it too, without asking for another.
    assert_eq!(saw(&account, query("token use")).await, ["token: held", "200 {}"]);
    let used: Vec<_> = recording.sent().into_iter().flat_map(|request| request.headers).collect();
    assert_eq!(used, [(); 2].map(|()| ("x-token".to_owned(), "t1-secret".to_owned())));
    assert_eq!(recording.sent().len(), 3);
}

#[tokio::test]
async fn two_calls_without_a_token_ask_for_one_between_them() {
    let tokens = Tokens::new(3600);
    let account = opened(account_at(GRANTED), tokens.clone()).await;
    let (one, other) = tokio::join!(saw(&account, query("token use")), saw(&account, query("token use")));
    assert_eq!(tokens.given(), 1);
    assert_eq!(tokens.used(), ["t1", "t1"]);
    // One renewed it; the other waited and found it.
    let mut steps = [one.len(), other.len()];
    steps.sort_unstable();
    assert_eq!(steps, [2, 4], "{one:?} {other:?}");
}

#[tokio::test]
async fn two_calls_with_an_expired_token_ask_for_one_between_them() {
    let tokens = Tokens::new(0);
    let account = opened(account_at(GRANTED), tokens.clone()).await;
    saw(&account, query("renew")).await;
    assert_eq!(tokens.given(), 1);
    tokio::join!(saw(&account, query("token use")), saw(&account, query("token use")));
    assert_eq!(tokens.given(), 2);
    assert_eq!(tokens.used(), ["t2", "t2"]);
}

#[tokio::test]
async fn a_call_that_ends_before_it_renewed_leaves_the_turn_to_the_next() {
    let tokens = Tokens::new(3600);
    let limits = Limits::default().deadline(Duration::from_millis(500));
    let account = opened(account_at(GRANTED).limits(limits), tokens.clone()).await;
    for steps in ["get-token", "get-token panic", "get-token spin"] {
        // None of them renews. Whether it ends well does not matter.
        let _ = account.query(query(steps)).await;
        assert_eq!(saw(&account, query("get-token")).await, ["token: expired"], "{steps}");
    }
    assert_eq!(saw(&account, query("token")).await.last().unwrap(), "token: held");
    assert_eq!(tokens.given(), 1);
}

/// A call that asks twice is told so twice, rather than waiting for itself.
#[tokio::test]
async fn a_call_does_not_wait_for_its_own_renewal() {
    let account = opened(account_at(GRANTED), Tokens::new(3600)).await;
    let seen = saw(&account, query("get-token get-token renew get-token")).await;
    assert_eq!(seen[..2], ["token: expired", "token: expired"]);
    assert_eq!(seen[3], "token: held");
}

#[tokio::test]
async fn an_answer_without_the_token_reaches_the_guest_as_it_came() {
    let provider = Provider::new();
    let account = opened(account_at(GRANTED), provider.clone()).await;
    for answer in ["{\"error\":\"no\"}", "{\"token\":null}", "[]"] {
        provider.becomes(Recording::answering([answer]));
        let shown = format!("200 {answer}");
        assert_eq!(saw(&account, query("renew get-token")).await, [&*shown, "token: expired"]);
    }
}

/// The token may stand in it, where the host does not find it.
#[tokio::test]
async fn an_answer_whose_token_cannot_be_read_does_not_reach_the_guest() {
    let provider = Provider::new();
    let account = opened(account_at(GRANTED), provider.clone()).await;
    for (answer, reason) in [
        ("{\"token\":7}", "the token is no text"),
        ("{\"token\":[\"t1\"]}", "the token is no text"),
        ("{\"token\":\"t1\",\"token\":\"t2\"}", "the answer is not JSON, or ambiguous"),
        ("{\"token\":\"t1\"", "the answer is not JSON, or ambiguous"),
        ("t1", "the answer is not JSON, or ambiguous"),
    ] {
        provider.becomes(Recording::answering([answer]));
        let told = format!("broken, sent: {reason}");
        assert_eq!(saw(&account, query("renew get-token")).await, [&*told, "token: expired"], "{answer}");
    }
}

/// Judged before it is sent: `denied` says that nothing was.
#[tokio::test]
async fn a_capture_into_a_secret_that_is_not_for_it_is_denied_and_nothing_is_sent() {
    let (account, recording) = answered().await;
    for name in ["signing", "bearer", "other"] {
        let request = json!({"capture": [{"name": name, "pointer": "/token"}]});
        let seen = saw(&account, query_with("request", "request", &request)).await;
        let denied = "denied, not sent: the host refused the request: the descriptor does not declare";
        assert_eq!(seen, [format!("{denied} `{name}` as a captured secret")]);
        assert!(recording.sent().is_empty(), "{name}");
        serves_on(&account).await;
    }
}

/// The answer is lost to the guest, so nobody knows what it said.
#[tokio::test]
async fn a_write_whose_token_cannot_be_read_is_unknown() {
    let recording = Recording::answering(["{\"token\":\"t1\"}"]);
    let account = opened(account_at(GRANTED), recording.clone()).await;
    let capture = json!([{"name": "token", "pointer": "/token", "lifetime": "/lifetime"}]);
    let request = json!({"method": "POST", "write": true, "capture": capture});
    let mut transfer = order("request not-applied");
    transfer.extras = transfer.extras.with("request", stockbridge::Json::parse(request.to_string()).unwrap());
    let failure = account.transfer(transfer).await.unwrap_err();
    assert_eq!((failure.outcome(), recording.sent().len()), (Outcome::Unknown, 1));
}

#[tokio::test]
async fn a_token_beyond_its_limit_withholds_the_answer() {
    let answer = |length: usize| format!("{{\"token\":\"{}\",\"lifetime\":3600}}", "t".repeat(length));
    for (limits, length, taken) in [
        (Limits::default(), 16 * 1024, true),
        (Limits::default(), 16 * 1024 + 1, false),
        (Limits::default().captured_bytes(100), 101, false),
        (Limits::default().captured_bytes(64 * 1024), 40_000, true),
    ] {
        let recording = Recording::answering([answer(length)]);
        let account = opened(account_at(GRANTED).limits(limits), recording).await;
        let seen = saw(&account, query("renew get-token")).await;
        if taken {
            assert_eq!(seen[1], "token: held", "{length}");
        } else {
            assert!(seen[0].contains("`limits.captured-kib`") && !seen[0].contains(&length.to_string()), "{seen:?}");
            assert_eq!(seen[1], "token: expired", "{length}");
        }
    }
}

/// Comparing at every offset would take 130 billion byte comparisons here.
#[tokio::test]
async fn searching_a_long_answer_for_a_long_token_ends_before_the_deadline() {
    let token = format!("{{\"token\":\"{}b\",\"lifetime\":3600}}", "a".repeat(16_000));
    let long = format!("{{\"a\":\"{}\"}}", "a".repeat(8 * 1024 * 1024 - 100));
    let recording = Recording::answering([token, long]);
    let account =
        opened(account_at(GRANTED).limits(Limits::default().deadline(Duration::from_secs(20))), recording).await;
    let seen = account.query(query("token use")).await;
    assert!(!seen.is_err_and(|error| error.code() == "connector.deadline"));
}
