//! A provider that repeats what it was sent, or what it should keep to itself: the account's secrets are struck out of its
//! answers before the guest, an error or a log sees them.

use serde_json::json;
use stockbridge::Secret;
use stockbridge::transport::{InboundResponse, TransportError};
use stockbridge_tests::{Log, Recording};

use crate::guest::{BEARER, GRANTED, SIGNING, account_at, opened, query, query_with, saw, serves_on};

/// How a provider could write `b3arer "key"&` and `s3cret "key"&`: the forms are Python's.
const WRITTEN: [&str; 12] = [
    BEARER,
    SIGNING,
    "b3arer%20%22key%22%26",
    "b3arer+%22key%22%26",
    "s3cret%20%22key%22%26",
    "b3arer \\\"key\\\"&",
    "62336172657220226b65792226",
    "73336372657420226B65792226",
    "YjNhcmVyICJrZXkiJg==",
    // In `user:b3arer "key"&`, and `ab` and the other.
    "dXNlcjpiM2FyZXIgImtleSIm",
    "YWJzM2NyZXQgImtleSIm",
    "czNjcmV0ICJrZXkiJg",
];

/// What a secret is recognised by in any of those forms, roughly.
const TRACES: [&str; 8] = ["b3are", "s3cre", "623361", "733363", "YjNh", "b3c", "M2Fy", "M2Ny"];

#[tokio::test]
async fn a_provider_that_repeats_a_secret_in_any_form_shows_the_guest_nothing_of_it() {
    for written in WRITTEN {
        let answer = InboundResponse {
            status: 200,
            headers: vec![("location".to_owned(), format!("/x?{written}").into_bytes())],
            body: format!("you sent >{written}<, didn't you").into_bytes(),
        };
        let account = opened(account_at(GRANTED), Recording::with([Ok(answer)])).await;
        let seen = saw(&account, query("read")).await.join("\n");
        assert!(seen.contains("you sent >"), "{seen}");
        assert_eq!(seen.matches("[redacted]").count(), 2, "{written}: {seen}");
        assert!(!TRACES.iter().any(|trace| seen.contains(trace)), "{written}: {seen}");
        serves_on(&account).await;
    }
}

/// A row that holds by chance what is a secret somewhere reads wrongly: the operator can see why.
#[tokio::test]
async fn each_strike_in_an_answer_is_logged_with_account_and_secret() {
    let log = Log::listen();
    let answer =
        InboundResponse { status: 200, headers: Vec::new(), body: format!("{SIGNING} {SIGNING}").into_bytes() };
    let account = opened(account_at(GRANTED), Recording::with([Ok(answer)])).await;
    assert_eq!(saw(&account, query("read")).await, ["200 [redacted] [redacted]"]);
    let told = log.lines();
    let told: Vec<&String> = told.iter().filter(|line| line.contains("a secret was struck out")).collect();
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("probe") && told.contains("signing") && !told.contains("bearer"), "{told}");
}

/// Seven characters may be a figure of a row; eight are taken for an echo.
#[tokio::test]
async fn what_is_short_is_struck_out_of_what_people_read_and_left_in_answers() {
    for (secret, left) in [("1234567", "200 <1234567>"), ("12345678", "200 <[redacted]>")] {
        let answer = InboundResponse { status: 200, headers: Vec::new(), body: format!("<{secret}>").into_bytes() };
        let account = account_at(GRANTED).secret("signing", Secret::new(secret));
        let account = opened(account, Recording::with([Ok(answer)])).await;
        assert_eq!(saw(&account, query("read")).await, [left]);
        let error = account.query(query(secret)).await.unwrap_err().to_string();
        assert_eq!(error, "account `probe`: there is no step `[redacted]`");
    }
}

/// The host asks for no encoding; what comes in one all the same is not handed on, for no secret can be found in it.
#[tokio::test]
async fn an_answer_that_is_compressed_is_not_handed_on() {
    for (encoding, handed_on) in
        [("gzip", false), ("br", false), ("Identity, deflate", false), ("identity", true), ("", true)]
    {
        let headers = vec![("content-encoding".to_owned(), encoding.as_bytes().to_vec())];
        let answer = InboundResponse { status: 200, headers, body: BEARER.into() };
        let account = opened(account_at(GRANTED), Recording::with([Ok(answer)])).await;
        let seen = saw(&account, query("read")).await;
        assert_eq!(seen == ["200 [redacted]"], handed_on, "{encoding}: {seen:?}");
        assert!(handed_on || seen[0].contains("the answer is compressed"), "{seen:?}");
    }
}

/// By way of the connection's own words, should they ever hold one.
#[tokio::test]
async fn a_secret_in_the_name_of_a_header_is_struck_out_too() {
    let secret = "zq3xk9pwlm2rt7vbyc5n";
    let headers = vec![(format!("x-told-{secret}"), b"1".to_vec())];
    let answer = InboundResponse { status: 200, headers, body: b"ok".to_vec() };
    let account = account_at(GRANTED).secret("signing", Secret::new(secret));
    let account = opened(account, Recording::with([Ok(answer)])).await;
    assert_eq!(saw(&account, query("read")).await, ["200 ok", "x-told-[redacted]: 1"]);
}

#[tokio::test]
async fn an_error_of_the_connection_is_told_without_the_secret_in_it() {
    let broken = TransportError::Broken(format!("the peer said {BEARER}"));
    let account = opened(account_at(GRANTED), Recording::with([Err(broken)])).await;
    let seen = saw(&account, query("read")).await;
    assert_eq!(seen, ["broken, sent: the connection broke: the peer said [redacted]"]);
    let error = account.query(query("read fail")).await.unwrap_err().to_string();
    assert!(!error.contains("b3are"), "{error}");
}

/// A guest that came by a secret some other way, here from the test, cannot pass it on in what people read.
#[tokio::test]
async fn errors_and_events_are_told_without_the_secret_in_them() {
    let log = Log::listen();
    let secret = "Zq3Xk9PwLm2Rt7VbYc5N";
    let account = account_at(GRANTED).secret("signing", Secret::new(secret));
    let account = opened(account, Recording::answering(["{}"])).await;
    for origin in [GRANTED, "https://elsewhere.example"] {
        let request = json!({"url": format!("{origin}/{secret}")});
        saw(&account, query_with("request", "request", &request)).await;
    }
    let error = account.query(query(secret)).await.unwrap_err().to_string();
    assert_eq!(error, "account `probe`: there is no step `[redacted]`");
    let told = log.lines().join("\n");
    assert_eq!(told.matches("[redacted]").count(), 2, "{told}");
    assert!(!told.contains(secret), "{told}");
}

#[tokio::test]
async fn a_signing_secret_that_could_be_found_by_trying_is_warned_about_and_a_good_one_is_not() {
    let log = Log::listen();
    let warnings = || log.lines().iter().filter(|line| line.contains("this signing secret is short or simple")).count();
    let good = account_at(GRANTED).secret("signing", Secret::new("Zq3Xk9PwLm2Rt7VbYc5N"));
    opened(good, Recording::answering(["{}"])).await;
    assert_eq!(warnings(), 0);
    let weak = account_at(GRANTED).secret("signing", Secret::new("hunter2"));
    opened(weak, Recording::answering(["{}"])).await;
    assert_eq!(warnings(), 1);
    let all = log.lines().join("\n");
    assert!(!all.contains("hunter2"), "{all}");
}
