//! A version that fails after it was applied is rolled back, whatever its failure; a good one is not.

use std::time::Duration;

use stockbridge::{Config, Event, Host, Limits, StockQuery, SwapEnd};
use stockbridge_tests::{Provider, Recording, account_at, connector, hostile_guest, unhurried, version};

use crate::{account, digest, harmless, harmless_version, host, host_with_probation_of, next, one, query};

const URL: &str = "https://granted.example/api";

/// A configuration whose account has a short deadline.
fn impatient(guest: &str) -> Config {
    let limits =
        Limits::default().deadline(Duration::from_millis(300)).min_time_left(Duration::ZERO).memory(8 * 1024 * 1024);
    Config::new().account(account("main", hostile_guest(guest), URL).limits(limits))
}

/// Swaps to a version whose calls end with this error, and checks that it is rolled back after the third.
async fn is_rolled_back(guest: &str, code: &'static str, reason: &str) {
    let host = host(impatient("harmless")).await;
    let mut events = host.subscribe();
    let before = digest(&host, "main");
    host.apply(impatient(guest)).await.unwrap();
    let bad = digest(&host, "main");
    assert!(matches!(next(&mut events).await, Event::Applied(_)));

    for _ in 0..3 {
        assert_eq!(query(&host, "main", "daj1").await, Err(code), "{guest}");
    }
    assert_eq!(query(&host, "main", "daj1").await, Ok(()), "{guest}");
    assert_eq!(digest(&host, "main"), before);
    assert!(!host.versions().contains(&bad), "the version is freed");
    let swap = host.status()[0].last_swap.clone().unwrap();
    assert_eq!((swap.from, swap.to), (before, bad));
    match (swap.end, next(&mut events).await) {
        (SwapEnd::RolledBack { reason: reported }, Event::RolledBack { digest, accounts, reason: announced }) => {
            assert_eq!((digest, accounts), (bad, vec!["main".to_owned()]));
            assert!(reported.contains(reason), "{reported}");
            assert_eq!(reported, announced);
        }
        other => panic!("{other:?}"),
    }

    // The same file is neither tried nor compiled again.
    let compilations = host.compilations();
    let applied = host.apply(impatient(guest)).await.unwrap();
    assert_eq!((applied.held_back, applied.swapped), (vec!["main".to_owned()], vec![]));
    assert_eq!(host.compilations(), compilations);
    assert_eq!(query(&host, "main", "daj1").await, Ok(()), "{guest}");
}

#[tokio::test]
async fn a_version_that_traps_on_the_first_call_is_put_back() {
    is_rolled_back("trap-in-query", "connector.trapped", "panicked or aborted").await;
}

#[tokio::test]
async fn a_version_that_hangs_is_put_back() {
    is_rolled_back("spin-in-query", "connector.deadline", "did not end within 300 ms").await;
}

#[tokio::test]
async fn a_version_that_grows_is_put_back() {
    is_rolled_back("memory-until-it-panics", "connector.memory", "more than 8388608 bytes of memory").await;
}

#[tokio::test]
async fn a_version_that_answers_what_the_contract_forbids_is_put_back() {
    is_rolled_back("return-a-huge-cursor", "connector.violation", "broke the contract").await;
}

#[tokio::test]
async fn a_version_whose_pages_never_come_to_an_end_is_put_back() {
    let host = host(one(harmless())).await;
    let before = digest(&host, "main");
    host.apply(one(hostile_guest("return-the-same-cursor"))).await.unwrap();
    let main = host.account("main").unwrap();
    let first = main.query(StockQuery::skus(["daj1"])).await.unwrap();
    for _ in 0..3 {
        assert_ne!(digest(&host, "main"), before);
        let second = main.query(StockQuery::skus(["daj1"]).after(first.next.clone().unwrap())).await;
        assert_eq!(second.unwrap_err().code(), "connector.violation");
    }
    assert_eq!(digest(&host, "main"), before);
}

#[tokio::test]
async fn what_goes_wrong_on_a_later_page_of_a_stream_counts_too() {
    let host = host(one(harmless())).await;
    let before = digest(&host, "main");
    host.apply(one(hostile_guest("return-the-same-cursor"))).await.unwrap();
    for _ in 0..3 {
        assert_ne!(digest(&host, "main"), before);
        let mut pages = host.account("main").unwrap().pages(StockQuery::skus(["daj1"]));
        assert!(pages.next().await.unwrap().is_ok());
        assert_eq!(pages.next().await.unwrap().unwrap_err().code(), "connector.violation");
    }
    assert_eq!(digest(&host, "main"), before);
}

#[tokio::test]
async fn a_version_that_traps_from_the_hundredth_call_on_is_put_back() {
    let host = host(one(harmless())).await;
    let before = digest(&host, "main");
    host.apply(one(hostile_guest("trap-when-told"))).await.unwrap();
    for _ in 0..99 {
        assert_eq!(query(&host, "main", "daj1").await, Ok(()));
    }
    // Five percent of the calls: with 99 good ones the sixth fault exceeds that.
    for _ in 0..6 {
        assert_ne!(digest(&host, "main"), before);
        assert_eq!(query(&host, "main", "trap").await, Err("connector.trapped"));
    }
    assert_eq!(digest(&host, "main"), before);
    assert_eq!(query(&host, "main", "trap").await, Ok(()));
}

#[tokio::test]
async fn a_few_faults_among_many_calls_are_no_reason() {
    let host = host(one(harmless())).await;
    host.apply(one(hostile_guest("trap-when-told"))).await.unwrap();
    let after = digest(&host, "main");
    for round in 0..20 {
        for _ in 0..30 {
            query(&host, "main", "daj1").await.unwrap();
        }
        if round > 3 {
            query(&host, "main", "trap").await.unwrap_err();
        }
    }
    assert_eq!(digest(&host, "main"), after);
}

#[tokio::test]
async fn all_accounts_that_took_a_version_over_together_are_put_back_together() {
    let accounts = |guest: &str| {
        ["busy", "idle"]
            .into_iter()
            .fold(Config::new(), |config, name| config.account(account(name, hostile_guest(guest), URL)))
    };
    let host = host(accounts("harmless")).await;
    let mut events = host.subscribe();
    let before = digest(&host, "idle");
    host.apply(accounts("trap-in-query")).await.unwrap();
    for _ in 0..3 {
        query(&host, "busy", "daj1").await.unwrap_err();
    }
    assert_eq!(query(&host, "idle", "daj1").await, Ok(()));
    assert_eq!((digest(&host, "busy"), digest(&host, "idle")), (before, before));
    assert!(matches!(next(&mut events).await, Event::Applied(_)));
    match next(&mut events).await {
        Event::RolledBack { accounts, .. } => assert_eq!(accounts, ["busy", "idle"]),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_version_that_was_put_back_is_tried_again_when_somebody_says_so() {
    let host = host(one(harmless())).await;
    host.apply(one(hostile_guest("trap-in-query"))).await.unwrap();
    let bad = digest(&host, "main");
    for _ in 0..3 {
        query(&host, "main", "daj1").await.unwrap_err();
    }
    assert!(host.apply(one(hostile_guest("trap-in-query"))).await.unwrap().swapped.is_empty());
    assert!(host.clear_rollback(&bad));
    assert!(!host.clear_rollback(&bad));
    assert_eq!(host.apply(one(hostile_guest("trap-in-query"))).await.unwrap().swapped, ["main"]);
    assert_eq!(digest(&host, "main"), bad);
}

#[tokio::test]
async fn what_is_fallen_back_on_has_the_settings_of_today() {
    let host = host(one(harmless())).await;
    host.apply(one(hostile_guest("trap-in-query"))).await.unwrap();
    let limits = Limits::default().deadline(Duration::from_secs(7));
    let reconfigured = account("main", hostile_guest("trap-in-query"), URL).limits(limits);
    let applied = host.apply(Config::new().account(reconfigured.clone())).await.unwrap();
    assert_eq!(applied.reconfigured, ["main"]);
    for _ in 0..3 {
        query(&host, "main", "daj1").await.unwrap_err();
    }
    assert_eq!(query(&host, "main", "daj1").await, Ok(()));
    // The configuration in force is the present one: applying it again changes nothing.
    let again = host.apply(Config::new().account(reconfigured)).await.unwrap();
    assert!(again.is_nothing(), "{again:?}");
}

#[tokio::test]
async fn a_version_that_came_in_between_is_not_what_is_fallen_back_on() {
    let host = host(one(harmless())).await;
    let proven = digest(&host, "main");
    host.apply(one(harmless_version(2))).await.unwrap();
    let between = digest(&host, "main");
    host.apply(one(hostile_guest("trap-in-query"))).await.unwrap();
    assert!(!host.versions().contains(&between));
    for _ in 0..3 {
        query(&host, "main", "daj1").await.unwrap_err();
    }
    assert_eq!(digest(&host, "main"), proven);
}

#[tokio::test]
async fn going_back_by_hand_during_the_probation_needs_none() {
    let host = host(one(harmless())).await;
    host.apply(one(harmless_version(2))).await.unwrap();
    host.apply(one(harmless())).await.unwrap();
    assert_eq!(host.status()[0].last_swap.as_ref().unwrap().end, SwapEnd::Kept);
    assert_eq!(host.versions(), [digest(&host, "main")]);
}

#[tokio::test]
async fn after_its_probation_a_version_is_not_put_back_any_more() {
    let host = host_with_probation_of(Duration::from_millis(10), one(harmless())).await;
    let mut events = host.subscribe();
    host.apply(one(hostile_guest("trap-in-query"))).await.unwrap();
    assert!(matches!(next(&mut events).await, Event::Applied(_)));
    assert!(matches!(next(&mut events).await, Event::Kept { .. }));
    for _ in 0..10 {
        assert_eq!(query(&host, "main", "daj1").await, Err("connector.trapped"));
    }
}

#[tokio::test]
async fn a_provider_that_fails_is_not_held_against_a_version() {
    for (answers, code) in [
        (Recording::answering(["<html>we are being rebuilt</html>"]), "provider.malformed-response"),
        (Recording::with([]), "provider.unavailable"),
    ] {
        let enterprise = |number| {
            let account = account_at(Provider::WdtEnterprise, "http://127.0.0.1:9").named("main");
            Config::new().account(account.served_by(version(&connector("wdt-enterprise"), number)))
        };
        let host = Host::builder().transport(answers).build(enterprise(1)).await.unwrap();
        host.apply(enterprise(2)).await.unwrap();
        let after = digest(&host, "main");
        for _ in 0..20 {
            assert_eq!(query(&host, "main", "daj1").await, Err(code));
        }
        assert_eq!(digest(&host, "main"), after);
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_in_time_is_not_held_against_a_version() {
    let enterprise = |number| {
        let limits = unhurried().deadline(Duration::from_millis(50)).min_time_left(Duration::ZERO);
        let account = account_at(Provider::WdtEnterprise, "http://127.0.0.1:9").named("main").limits(limits);
        Config::new().account(account.served_by(version(&connector("wdt-enterprise"), number)))
    };
    let host = Host::builder().transport(crate::Slow::answering("{}")).build(enterprise(1)).await.unwrap();
    host.apply(enterprise(2)).await.unwrap();
    let after = digest(&host, "main");
    for _ in 0..5 {
        assert_eq!(query(&host, "main", "daj1").await, Err("provider.no-answer"));
    }
    assert_eq!(digest(&host, "main"), after);
}

#[tokio::test]
async fn a_call_that_its_caller_gives_up_is_not_held_against_a_version() {
    let host = host(impatient("harmless")).await;
    host.apply(impatient("spin-in-query")).await.unwrap();
    let after = digest(&host, "main");
    let main = host.account("main").unwrap();
    for _ in 0..5 {
        let call = main.query(StockQuery::skus(["daj1"]));
        tokio::time::timeout(Duration::from_millis(20), call).await.unwrap_err();
    }
    assert_eq!((digest(&host, "main"), host.status()[0].calls), (after, 0));
}
