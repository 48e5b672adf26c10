//! Events during a host's start.

use stockbridge::{AccountConfig, Config, Event, Host};
use stockbridge_tests::traced_account;

#[tokio::test]
async fn what_happens_as_a_host_starts_is_heard_by_who_asked_the_builder() {
    let builder = Host::builder();
    let mut events = builder.subscribe();
    let host = builder.build(Config::new().account(traced_account("http://127.0.0.1:9", "blind"))).await.unwrap();
    let Some(Ok(Event::Applied(applied))) = events.next().await else { panic!("the event is missing") };
    assert_eq!(applied.added, ["traced"]);
    // Later events follow.
    host.apply(Config::new()).await.unwrap();
    let Some(Ok(Event::Applied(applied))) = events.next().await else { panic!("the event is missing") };
    assert_eq!(applied.removed, ["traced"]);
}

#[tokio::test]
async fn why_a_host_did_not_start_is_heard_too() {
    let builder = Host::builder();
    let mut events = builder.subscribe();
    let config = Config::new().account(AccountConfig::new("main", "there-is-none.wasm"));
    let error = builder.build(config).await.unwrap_err();
    let Some(Ok(Event::Refused { code, reason })) = events.next().await else { panic!("the event is missing") };
    assert_eq!((code, reason), (error.code(), error.to_string()));
    assert!(events.next().await.is_none());
}
