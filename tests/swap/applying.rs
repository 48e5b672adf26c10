//! Applying a configuration: only changes, and all of them or none.

use std::time::Duration;

use stockbridge::{Config, Event, Host, Secret, StockQuery, SwapEnd};
use stockbridge_tests::{Provider, account_at, connector, hostile_guest, simulator, version};

use crate::{Slow, account, digest, harmless, harmless_version, host, host_with_probation_of, next, one, query, until};

const URL: &str = "https://granted.example/api";

#[tokio::test]
async fn accounts_are_added_reconfigured_and_removed_and_what_did_not_change_is_left_alone() {
    let before = Config::new().account(account("left", harmless(), URL)).account(account("gone", harmless(), URL));
    let host = host(before.account(account("changed", harmless(), URL))).await;
    let since = |name: &str| host.status().into_iter().find(|status| status.name == name).unwrap().since;
    let (left, changed) = (since("left"), since("changed"));
    tokio::time::sleep(Duration::from_millis(5)).await;

    let after = Config::new().account(account("left", harmless(), URL)).account(account("new", harmless(), URL));
    let applied =
        host.apply(after.account(account("changed", harmless(), "https://granted.example/other"))).await.unwrap();

    assert_eq!(applied.added, ["new"]);
    assert_eq!(applied.removed, ["gone"]);
    assert_eq!(applied.reconfigured, ["changed"]);
    assert_eq!((applied.swapped.len(), applied.held_back.len()), (0, 0));
    assert_eq!(since("left"), left);
    assert!(since("changed") > changed);
    for name in ["changed", "left", "new"] {
        assert_eq!(query(&host, name, "daj1").await, Ok(()), "{name}");
    }
    assert_eq!(host.account("gone").unwrap_err().code(), "account.unknown");
}

#[tokio::test]
async fn the_same_configuration_again_changes_nothing() {
    let host = host(one(harmless())).await;
    let applied = host.apply(one(harmless())).await.unwrap();
    assert!(applied.is_nothing(), "{applied:?}");
}

#[tokio::test]
async fn a_configuration_with_one_mistake_changes_nothing_and_is_told() {
    let host = host(one(harmless())).await;
    let mut events = host.subscribe();
    let (served, status) = (digest(&host, "main"), host.status()[0].since);

    let truncated = std::fs::read(harmless()).unwrap()[..1000].to_vec();
    let wrong = one(harmless_version(2)).account(account("other", truncated, URL));
    let error = host.apply(wrong).await.unwrap_err();

    assert_eq!(error.code(), "component.malformed");
    assert_eq!((digest(&host, "main"), host.status()[0].since), (served, status));
    assert_eq!(host.accounts().len(), 1);
    assert_eq!(query(&host, "main", "daj1").await, Ok(()));
    match next(&mut events).await {
        Event::Refused { code, reason } => assert_eq!((code, reason), ("component.malformed", error.to_string())),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_version_that_the_settings_do_not_fit_is_refused_and_the_one_before_goes_on() {
    let simulator = simulator().await;
    let flagship = || Config::new().account(account_at(Provider::WdtFlagship, &simulator.url()));
    let host = Host::from_config(flagship()).await.unwrap();
    let served = digest(&host, "wdt-flagship");
    let another = account_at(Provider::WdtFlagship, &simulator.url()).served_by(connector("winit"));
    let error = host.apply(Config::new().account(another)).await.unwrap_err();
    assert_eq!(error.code(), "config.invalid");
    assert_eq!(digest(&host, "wdt-flagship"), served);
    assert_eq!(query(&host, "wdt-flagship", "daj1").await, Ok(()));
}

#[tokio::test]
async fn a_handle_is_good_across_swaps_and_fails_once_its_account_is_gone() {
    let host = host(one(harmless())).await;
    let main = host.account("main").unwrap();
    let first = main.digest().unwrap();

    let applied = host.apply(one(harmless_version(2))).await.unwrap();
    assert_eq!(applied.swapped, ["main"]);
    assert_ne!(main.digest().unwrap(), first);
    main.query(StockQuery::skus(["daj1"])).await.unwrap();

    host.apply(Config::new()).await.unwrap();
    let error = main.query(StockQuery::skus(["daj1"])).await.unwrap_err();
    assert_eq!(error.code(), "account.removed");
    assert_eq!(error.to_string(), "account `main` was removed from the configuration; nothing was sent");
    assert_eq!(main.operations().unwrap_err().code(), "account.removed");

    // It follows its account's name, whatever connector the account has when it is back.
    assert_eq!(host.apply(one(harmless())).await.unwrap().added, ["main"]);
    main.query(StockQuery::skus(["daj1"])).await.unwrap();
    assert_eq!(main.digest().unwrap(), first);
}

#[tokio::test]
async fn a_call_ends_on_the_version_that_it_began_with_which_is_freed_after_it() {
    let provider = Slow::answering(r#"{"code":0,"message":"","stocks":[],"total_count":"0"}"#);
    let simulated = account_at(Provider::WdtEnterprise, "http://127.0.0.1:9").named("main");
    let probation = stockbridge::Probation::default().period(Duration::from_millis(1));
    let config =
        |number| Config::new().account(simulated.clone().served_by(version(&connector("wdt-enterprise"), number)));
    let host = Host::builder().transport(provider.clone()).probation(probation).build(config(1)).await.unwrap();
    let (main, first) = (host.account("main").unwrap(), digest(&host, "main"));

    let calling = tokio::spawn(async move { main.query(StockQuery::skus(["daj1"])).await });
    until(|| provider.requests() == 1).await;
    assert_eq!(host.status()[0].calls, 1);
    host.apply(config(2)).await.unwrap();
    until(|| host.status()[0].last_swap.as_ref().unwrap().end == SwapEnd::Kept).await;

    assert_eq!(host.status()[0].calls, 0);
    assert!(host.versions().contains(&first), "a call is on it");
    provider.let_go();
    calling.await.unwrap().unwrap();
    until(|| !host.versions().contains(&first)).await;
    assert_eq!(host.versions(), [digest(&host, "main")]);
    assert_eq!(host.in_use(), stockbridge::InUse::default());
}

#[tokio::test]
async fn other_settings_and_secrets_compile_nothing_and_hold_from_the_next_call_on() {
    let simulator = simulator().await;
    let flagship = || account_at(Provider::WdtFlagship, &simulator.url());
    let wrong = flagship().secret("secret", Secret::new("another-secret"));
    let host = Host::from_config(Config::new().account(wrong)).await.unwrap();
    assert_eq!(query(&host, "wdt-flagship", "daj1").await, Err("provider.unauthorized"));

    let (versions, compilations) = (host.versions(), host.compilations());
    let applied = host.apply(Config::new().account(flagship())).await.unwrap();
    assert_eq!(applied.reconfigured, ["wdt-flagship"]);
    assert_eq!((host.versions(), host.compilations()), (versions, compilations));
    assert_eq!(query(&host, "wdt-flagship", "daj1").await, Ok(()));
}

#[tokio::test]
async fn accounts_with_the_same_component_share_it_wherever_it_comes_from() {
    let bytes = std::fs::read(harmless()).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("copy.wasm");
    std::fs::write(&path, &bytes).unwrap();
    let config = Config::new().account(account("file", harmless(), URL)).account(account("copy", path, URL));
    let host = host(config.account(account("bytes", bytes, URL))).await;
    assert_eq!(host.versions().len(), 1);
}

#[tokio::test]
async fn what_serves_is_told_with_version_time_calls_and_the_last_swap() {
    let host = host_with_probation_of(Duration::from_millis(50), one(harmless())).await;
    let mut events = host.subscribe();
    let first = digest(&host, "main");
    let status = &host.status()[0];
    assert_eq!((status.name.as_str(), status.digest, status.calls), ("main", Some(first), 0));
    assert!(status.last_swap.is_none());

    host.apply(one(harmless_version(2))).await.unwrap();
    let second = digest(&host, "main");
    let swap = host.status()[0].last_swap.clone().unwrap();
    assert_eq!((swap.from, swap.to), (first, second));
    match next(&mut events).await {
        Event::Applied(applied) => assert_eq!(applied.swapped, ["main"]),
        other => panic!("{other:?}"),
    }
    match next(&mut events).await {
        Event::Kept { digest, accounts } => assert_eq!((digest, accounts), (second, vec!["main".to_owned()])),
        other => panic!("{other:?}"),
    }
    assert_eq!(host.status()[0].last_swap.as_ref().unwrap().end, SwapEnd::Kept);
    assert_eq!(host.versions(), [second]);
}

#[tokio::test]
async fn configurations_that_come_at_once_are_taken_over_one_after_the_other() {
    let host = host(one(harmless())).await;
    let applying: Vec<_> = (2..6)
        .map(|number| {
            let host = host.clone();
            tokio::spawn(async move { host.apply(one(harmless_version(number))).await.unwrap() })
        })
        .collect();
    for applied in applying {
        assert_eq!(applied.await.unwrap().swapped, ["main"]);
    }
    assert_eq!(query(&host, "main", "daj1").await, Ok(()));
}

#[tokio::test]
async fn a_guest_that_hangs_when_it_is_asked_what_it_can_do_is_refused_in_time() {
    let host = host(one(harmless())).await;
    let limits = stockbridge::Limits::default().deadline(Duration::from_millis(300)).min_time_left(Duration::ZERO);
    let hanging = account("main", hostile_guest("spin-in-operations"), URL).limits(limits);
    let error = host.apply(Config::new().account(hanging)).await.unwrap_err();
    assert_eq!(error.code(), "connector.deadline");
    assert_eq!(query(&host, "main", "daj1").await, Ok(()));
}
