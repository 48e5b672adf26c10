//! A provider's reported limits are respected: by all accounts of the application, for the reported time.

use std::time::Duration;

use serde_json::json;
use stockbridge::journal::Failpoint;
use stockbridge::{Config, ErrorClass, Host, Limits, Outcome, Timestamp};
use stockbridge_simulator::{Fault, Limit};
use stockbridge_tests::{Log, Provider, Recording, account_at, query, simulator, write};

use crate::scene::{AT_ONCE, Scene, accounts, order, timed, wait};

fn hasty() -> Limits {
    Limits::default().deadline(Duration::from_secs(3))
}

#[tokio::test]
async fn after_a_limit_no_account_of_the_application_sends_anything_until_it_is_over() {
    let log = Log::listen();
    let scene = Scene::new(hasty()).await;
    let error = scene.query_limited("a", wait(60_000)).await;
    assert_eq!((error.class(), error.retry_after()), (ErrorClass::RateLimited, Some(Duration::from_secs(60))));
    for account in ["a", "b"] {
        let (refused, took) = timed(scene.query_once(account)).await;
        let error = refused.unwrap_err();
        assert_eq!(error.class(), ErrorClass::RateLimited);
        let left = error.retry_after().unwrap();
        assert!(left > Duration::from_secs(50) && left <= Duration::from_secs(60), "{left:?}");
        assert!(took < AT_ONCE, "{took:?}");
    }
    // The reserved part for look-ups cannot be used either.
    assert_eq!(scene.look_up("b").await.unwrap_err().class(), ErrorClass::RateLimited);
    assert_eq!(scene.sent(), 1);
    let until = scene.host.budgets()[0].paused_until.unwrap();
    assert!(until > Timestamp::now().later(Duration::from_secs(50)));
    let pause: Vec<_> =
        log.events().into_iter().filter(|event| event.message.starts_with("the provider reports too many")).collect();
    let [pause] = &pause[..] else { panic!("{pause:?}") };
    assert_eq!((pause.field("account"), pause.field("milliseconds")), (Some("a"), Some("60000")));
    assert_eq!((pause.field("provider"), pause.field("told")), (Some("probe"), Some("true")));
}

#[tokio::test]
async fn a_limit_that_is_over_before_the_deadline_is_waited_for() {
    let scene = Scene::new(Limits::default().attempts(1)).await;
    scene.query_limited("a", wait(400)).await;
    let (answered, took) = timed(scene.query_once("b")).await;
    answered.unwrap();
    assert!(took > Duration::from_millis(300), "{took:?}");
    assert_eq!(scene.host.budgets()[0].paused_until, None);
}

#[tokio::test]
async fn a_limit_without_a_time_is_a_pause_of_a_second() {
    let scene = Scene::new(Limits::default().attempts(1)).await;
    scene.query_limited("a", json!({})).await;
    let (answered, took) = timed(scene.query_once("a")).await;
    answered.unwrap();
    assert!(took > Duration::from_millis(800) && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_limit_of_one_method_holds_for_the_operations_that_need_it() {
    let scene = Scene::new(hasty()).await;
    scene.query_limited("a", json!({"wait": 60_000, "method": "query"})).await;
    let sent = scene.sent();
    let (refused, took) = timed(scene.query_once("b")).await;
    let error = refused.unwrap_err();
    assert_eq!((error.class(), error.code()), (ErrorClass::RateLimited, "operation.paused"));
    assert!(error.retry_after().unwrap() > Duration::from_secs(50));
    assert!(error.to_string().starts_with("account `b`: the provider limits `query`"), "{error}");
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(scene.sent(), sent);
    assert!(scene.host.budgets()[0].paused_methods.keys().eq(["query"]));
    assert_eq!(scene.host.budgets()[0].paused_until, None);
    // Other methods continue.
    scene.account("b").transfer(order("write or-fail")).await.unwrap();
    scene.look_up("a").await.unwrap();
}

#[tokio::test]
async fn a_limit_of_one_method_that_is_over_before_the_deadline_is_waited_for() {
    let scene = Scene::new(Limits::default().attempts(1)).await;
    scene.query_limited("a", json!({"wait": 400, "method": "query"})).await;
    let (answered, took) = timed(scene.query_once("b")).await;
    answered.unwrap();
    assert!(took > Duration::from_millis(300), "{took:?}");
}

#[tokio::test]
async fn a_limit_of_one_method_that_leaves_little_time_for_the_answer_is_not_waited_for() {
    let scene = Scene::new(hasty().attempts(1)).await;
    scene.query_limited("a", json!({"wait": 2_700, "method": "query"})).await;
    let (refused, took) = timed(scene.query_once("b")).await;
    assert_eq!(refused.unwrap_err().code(), "operation.paused");
    assert!(took < AT_ONCE, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_recorded_while_its_method_is_limited_is_not_sent() {
    for limit in [json!({"wait": 60_000, "method": "transfer"}), json!({"wait": 60_000})] {
        let provider = Recording::answering(["{}"]);
        // The journal is slow.
        let slow = Host::builder().on_failpoint(|point| {
            if point == Failpoint::Intending {
                std::thread::sleep(Duration::from_millis(600));
            }
        });
        let host = slow.transport(provider.clone()).build(accounts(hasty().attempts(1))).await.unwrap();
        let scene = Scene { host, provider };
        let account = scene.account("b");
        let writing = tokio::spawn(async move { account.transfer(order("write or-fail")).await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        scene.query_limited("a", limit).await;
        let failure = writing.await.unwrap().unwrap_err();
        assert_eq!((failure.outcome(), failure.error().class()), (Outcome::NotApplied, ErrorClass::RateLimited));
        assert_eq!(scene.sent(), 1, "only the request that met the limit");
    }
}

#[tokio::test]
async fn a_limit_of_a_method_behind_no_operation_holds_for_all() {
    let scene = Scene::new(hasty()).await;
    scene.query_limited("a", json!({"wait": 60_000, "method": "nobody-knows"})).await;
    assert!(scene.host.budgets()[0].paused_until.is_some());
}

#[tokio::test]
async fn nobody_is_shut_out_for_longer_than_an_hour() {
    let log = Log::listen();
    let scene = Scene::new(hasty()).await;
    scene.query_limited("a", wait(24 * 60 * 60 * 1000)).await;
    let until = scene.host.budgets()[0].paused_until.unwrap();
    assert!(until <= Timestamp::now().later(Duration::from_secs(3601)), "{until}");
    assert!(log.lines().iter().any(|line| line.contains("a longer pause than the maximum")));
}

/// A connector reports a limit without an answer, and because the host itself had no permit.
#[tokio::test]
async fn what_no_provider_said_is_nothing_to_learn_from() {
    let scene = Scene::new(hasty().requests_per_minute(12)).await;
    scene.account("a").query(crate::scene::query("limited")).await.unwrap_err();
    assert_eq!(scene.host.budgets()[0].paused_until, None);
    scene.query_once("a").await.unwrap();
    assert_eq!(scene.query_once("a").await.unwrap_err().class(), ErrorClass::RateLimited);
    assert_eq!(scene.host.budgets()[0].paused_until, None);
}

/// Messages and codes of each provider, over real HTTP.
#[tokio::test]
async fn the_limits_of_all_providers_are_understood() {
    let simulator = simulator().await;
    for (provider, by, seconds) in [
        (Provider::WdtFlagship, Limit::Answer, 60),
        (Provider::WdtEnterprise, Limit::Answer, 300),
        (Provider::Winit, Limit::Status, 30),
        (Provider::TaobaoTop, Limit::Status, 30),
    ] {
        let config = Config::new().account(account_at(provider, &simulator.url()).limits(hasty()));
        let host = Host::from_config(config).await.unwrap();
        let account = host.account(provider.name()).unwrap();
        simulator.inject(Fault::limited(provider.gateway(), by, 30));
        write(provider, &account).await.unwrap_err();
        let sent = simulator.requests().len();
        let error = match query(provider) {
            Some(query) => account.query(query).await.unwrap_err(),
            None => write(provider, &account).await.unwrap_err().into(),
        };
        assert_eq!(error.class(), ErrorClass::RateLimited, "{provider:?}: {error}");
        let left = error.retry_after().unwrap();
        assert!(left <= Duration::from_secs(seconds) && left > Duration::from_secs(seconds - 10), "{left:?}");
        assert_eq!(simulator.requests().len(), sent, "{provider:?}");
    }
}

/// The ban lasts two more seconds, plus the present one.
#[tokio::test]
async fn a_ban_of_tops_is_over_when_it_says() {
    let simulator = simulator().await;
    let config = Config::new().account(account_at(Provider::TaobaoTop, &simulator.url()));
    let host = Host::from_config(config).await.unwrap();
    let account = host.account("taobao-top").unwrap();
    let sub_code = "accesscontrol.limited-by-app-access-count";
    let fault = Fault::top(7, Some(sub_code), Some("This ban will last for 1 more seconds"));
    simulator.inject(fault);
    // Retried by the host or by this test, the write is not sent before the ban is over.
    let ((), took) = timed(async {
        if write(Provider::TaobaoTop, &account).await.is_err() {
            write(Provider::TaobaoTop, &account).await.unwrap();
        }
    })
    .await;
    assert_eq!(simulator.ledger().documents.len(), 1);
    assert!(took > Duration::from_millis(1800) && took < Duration::from_secs(2) + 5 * AT_ONCE, "{took:?}");
    assert_eq!(simulator.requests().len(), 2);
}
