//! The rate of an application: its accounts and the versions of their connectors share it, and a part is reserved for looking
//! writes up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge::{Config, ErrorClass, Host, Limits, Outcome};
use stockbridge_tests::{Provider, Recording, account_at, test_component, version};

use crate::scene::{AT_ONCE, Scene, account, accounts, order, query, timed, wait};

/// One request in more than five seconds, and a deadline before the next.
fn hasty() -> Limits {
    Limits::default().requests_per_minute(12).deadline(Duration::from_secs(3))
}

/// After a request that takes everything available.
async fn exhausted(limits: Limits) -> Scene {
    let scene = Scene::new(limits).await;
    scene.query_once("a").await.unwrap();
    scene
}

/// Checks that an account's request fails at once for lack of a permit.
async fn assert_no_permit(scene: &Scene, account: &str) {
    let sent = scene.sent();
    let (refused, took) = timed(scene.query_once(account)).await;
    let error = refused.unwrap_err();
    assert_eq!((error.class(), error.code()), (ErrorClass::RateLimited, "provider.rate-limited"), "{error}");
    let come_back = error.retry_after().unwrap();
    assert!(come_back > Duration::from_secs(3) && come_back < Duration::from_secs(6), "{come_back:?}");
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(scene.sent(), sent);
}

#[tokio::test]
async fn a_request_that_has_no_room_before_the_deadline_fails_at_once_and_says_when_to_come_back() {
    let scene = exhausted(hasty()).await;
    assert_no_permit(&scene, "a").await;
}

#[tokio::test]
async fn accounts_of_one_application_share_its_rate() {
    let scene = exhausted(hasty()).await;
    assert_no_permit(&scene, "b").await;
}

#[tokio::test]
async fn a_write_that_has_no_room_is_not_applied() {
    let scene = exhausted(hasty()).await;
    let failure = scene.account("b").transfer(order("write or-fail")).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().class()), (Outcome::NotApplied, ErrorClass::RateLimited));
    assert!(failure.error().retry_after().is_some());
    assert_eq!(scene.sent(), 1);
}

/// The next permit comes in the sixth of six seconds, with little time left for an answer: a write could end as unknown.
#[tokio::test]
async fn a_turn_that_leaves_little_time_for_the_answer_is_as_good_as_none() {
    let scene = exhausted(hasty().deadline(Duration::from_secs(6))).await;
    let (refused, took) = timed(scene.account("b").transfer(order("write or-fail"))).await;
    let failure = refused.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().class()), (Outcome::NotApplied, ErrorClass::RateLimited));
    assert!(failure.error().retry_after().unwrap() < Duration::from_secs(6));
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(scene.sent(), 1);
}

#[tokio::test]
async fn a_request_that_has_room_before_the_deadline_waits_for_it() {
    let scene = exhausted(Limits::default().requests_per_minute(38)).await;
    let (answered, took) = timed(scene.query_once("b")).await;
    answered.unwrap();
    assert!(took > Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn finding_out_what_became_of_a_write_has_room_when_nothing_else_has() {
    let scene = exhausted(hasty()).await;
    scene.look_up("b").await.unwrap();
    assert_eq!(scene.sent(), 2);
    // The reserve is used up.
    assert_eq!(scene.look_up("a").await.unwrap_err().class(), ErrorClass::RateLimited);
    assert_eq!(scene.sent(), 2);
}

/// Leaves the first request unanswered, and answers the others. Clones share the count.
#[derive(Clone, Default)]
struct Silent(Arc<AtomicUsize>);

impl Transport for Silent {
    fn send(&self, _request: OutboundRequest) -> Exchange<'_> {
        let is_first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            if is_first {
                std::future::pending::<()>().await;
            }
            Ok(InboundResponse { status: 200, headers: vec![], body: b"{}".to_vec() })
        })
    }
}

/// The only slot in flight is occupied by a request without an answer.
#[tokio::test]
async fn finding_out_what_became_of_a_write_does_not_wait_for_requests_that_get_no_answer() {
    let silent = Silent::default();
    let limits = Limits::default().in_flight(1).attempts(1);
    let host = Host::builder().transport(silent.clone()).build(accounts(limits)).await.unwrap();
    let account = host.account("a").unwrap();
    let unanswered = tokio::spawn(async move { account.query(query("read or-fail")).await });
    while silent.0.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let scene = Scene { host, provider: Recording::answering(["{}"]) };
    let (found, took) = timed(scene.look_up("a")).await;
    found.unwrap();
    assert!(took < AT_ONCE, "{took:?}");
    unanswered.abort();
}

#[tokio::test]
async fn another_version_of_the_connector_and_another_configuration_keep_to_what_was_sent_before() {
    let scene = exhausted(hasty()).await;
    let other = version(&test_component("probe"), 1);
    let swapped = account("a").served_by(other).limits(hasty());
    let reconfigured = account("b").limits(hasty().requests(5));
    let applied = scene.host.apply(Config::new().account(swapped).account(reconfigured)).await.unwrap();
    assert_eq!((applied.swapped, applied.reconfigured), (vec!["a".to_owned()], vec!["b".to_owned()]));
    for account in ["a", "b"] {
        let error = scene.query_once(account).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::RateLimited);
    }
    assert_eq!(scene.sent(), 1);
}

/// Ten requests of one account are queued when the other account comes: it does not wait for all of them.
#[tokio::test]
async fn an_account_that_asks_much_does_not_keep_another_waiting() {
    let scene = Scene::new(Limits::default().requests_per_minute(600)).await;
    for _ in 0..27 {
        scene.query_once("a").await.unwrap();
    }
    let ask = |account: &str| {
        let account = scene.account(account);
        tokio::spawn(async move { account.query(query("read or-fail")).await.unwrap() })
    };
    let many: Vec<_> = (0..10).map(|_| ask("a")).collect();
    while scene.host.budgets()[0].waiting < 8 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    ask("b").await.unwrap();
    let before = many.iter().filter(|ask| ask.is_finished()).count();
    assert!(before <= 5, "{before} were before it");
    for ask in many {
        ask.await.unwrap();
    }
    assert_eq!(scene.host.budgets()[0].waiting, 0);
}

/// The queue is full of one account's requests when the other account comes.
#[tokio::test]
async fn an_account_that_fills_the_queue_does_not_keep_another_out() {
    let scene = Scene::new(Limits::default().in_flight(300).attempts(1)).await;
    scene.query_limited("a", wait(5000)).await;
    let ask = |account: &str| {
        let account = scene.account(account);
        tokio::spawn(async move { account.query(query("read or-fail")).await })
    };
    let many: Vec<_> = (0..250).map(|_| ask("a")).collect();
    while scene.host.budgets()[0].waiting < 250 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    ask("b").await.unwrap().unwrap();
    let mut refused = 0;
    for ask in many {
        refused += usize::from(ask.await.unwrap().is_err_and(|error| error.class() == ErrorClass::RateLimited));
    }
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn the_lowest_rate_of_the_accounts_holds_until_that_account_is_gone() {
    let rate = |scene: &Scene| scene.host.budgets()[0].requests_per_minute;
    let slow = account("b").limits(Limits::default().requests_per_minute(30));
    let fast = account("a").limits(Limits::default().requests_per_minute(90));
    let scene = Scene::new(Limits::default()).await;
    assert_eq!(rate(&scene), None);
    scene.host.apply(Config::new().account(fast.clone()).account(slow)).await.unwrap();
    assert_eq!(rate(&scene), Some(30));
    scene.host.apply(Config::new().account(fast)).await.unwrap();
    assert_eq!(rate(&scene), Some(90));
    scene.host.apply(Config::new()).await.unwrap();
    assert!(scene.host.budgets().is_empty());
}

#[tokio::test]
async fn what_the_provider_documents_holds_unless_the_operator_says_otherwise() {
    let [enterprise, winit] = [Provider::WdtEnterprise, Provider::Winit]
        .map(|provider| account_at(provider, "http://127.0.0.1:9").limits(Limits::default()));
    let host = Host::from_config(Config::new().account(winit.clone()).account(enterprise)).await.unwrap();
    let rates: Vec<_> = host
        .budgets()
        .into_iter()
        .map(|budget| (budget.provider, budget.accounts, budget.requests_per_minute))
        .collect();
    // Winit's documentation says a thousand; clients of Wangdiantong's enterprise edition report sixty.
    let of = |name: &str, rate| (name.to_owned(), vec![name.to_owned()], Some(rate));
    assert_eq!(rates, [of("wdt-enterprise", 60), of("winit", 1000)]);
    let raised = winit.limits(Limits::default().requests_per_minute(5000));
    host.apply(Config::new().account(raised)).await.unwrap();
    assert_eq!(host.budgets()[0].requests_per_minute, Some(5000));
}

#[tokio::test]
async fn a_file_says_the_rate_and_the_attempts() {
    let text = format!(
        "[accounts.a]\nconnector = {:?}\nsettings.url = \"https://granted.example\"\n\
         limits.requests-per-minute = 120\nlimits.attempts = 1\n",
        test_component("probe")
    );
    let host = Host::from_config(Config::from_toml(&text, &|_| None).unwrap()).await.unwrap();
    assert_eq!(host.budgets()[0].requests_per_minute, Some(120));
}

#[tokio::test]
async fn without_a_rate_nobody_waits() {
    let scene = Scene::new(Limits::default()).await;
    let ((), took) = timed(async {
        for _ in 0..50 {
            scene.query_once("a").await.unwrap();
        }
    })
    .await;
    assert!(took < 5 * AT_ONCE, "{took:?}");
    scene.host.apply(accounts(Limits::default().attempts(1))).await.unwrap();
    scene.query_once("b").await.unwrap();
}
