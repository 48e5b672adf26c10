//! One broken account does not stop the others, if the configuration tolerates it.

use std::error::Error as _;
use std::fs;
use std::path::Path;

use stockbridge::{Config, Event, Host, StockQuery, TransferLine, TransferOrder, WriteFailure};
use stockbridge_tests::{Log, Recording, hostile_guest};

use crate::{account, harmless, harmless_version, next, one, query};

const URL: &str = "https://granted.example/api";

fn config() -> Config {
    Config::new().tolerate_accounts()
}

fn broken() -> stockbridge::AccountConfig {
    account("broken", "nowhere/connector.wasm", URL)
}

async fn host(config: Config) -> Host {
    crate::host(config).await
}

#[tokio::test]
async fn the_others_serve_and_one_that_never_served_answers_with_its_reason() {
    let log = Log::listen();
    let host = host(config().account(account("main", harmless(), URL)).account(broken())).await;
    assert_eq!(query(&host, "main", "daj1").await, Ok(()));

    let error = host.account("broken").unwrap().query(StockQuery::skus(["daj1"])).await.unwrap_err();
    assert_eq!(error.code(), "account.unavailable");
    let reason = error.source().unwrap().to_string();
    assert!(
        reason.starts_with("accounts.broken.connector: component nowhere/connector.wasm: cannot be read ("),
        "{reason}"
    );
    assert_eq!(error.to_string(), format!("account `broken` does not serve, and nothing was sent: {reason}"));

    let status = host.status();
    let broken = status.iter().find(|status| status.name == "broken").unwrap();
    assert_eq!((broken.digest, broken.provider.as_deref(), broken.calls), (None, None, 0));
    let failure = broken.failure.as_ref().unwrap();
    assert_eq!((failure.code, failure.reason.as_str()), ("component.unreadable", reason.as_str()));
    assert!(status.iter().any(|status| status.name == "main" && status.failure.is_none()));
    let told = log.lines();
    let line = format!("ERROR the account does not serve account=broken code=component.unreadable error={reason}");
    assert!(told.contains(&line), "{told:?}");
}

#[tokio::test]
async fn a_broken_account_that_serves_goes_on_with_what_it_has_and_is_told_once_until_it_is_mended() {
    let host = host(config().account(account("main", harmless(), URL)).account(account("two", harmless(), URL))).await;
    let mut events = host.subscribe();
    let before = host.status()[0].digest;
    let wrong = || {
        let main = account("main", hostile_guest("trap-in-describe"), URL);
        config().account(main).account(account("two", harmless_version(2), URL))
    };
    let applied = host.apply(wrong()).await.unwrap();
    assert_eq!((applied.failed, applied.swapped), (vec!["main".to_owned()], vec!["two".to_owned()]));
    match next(&mut events).await {
        Event::AccountFailed { account, code, serves, .. } => {
            assert_eq!((account.as_str(), code, serves), ("main", "component.describe", true));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(next(&mut events).await, Event::Applied(_)));
    assert_eq!(query(&host, "main", "daj1").await, Ok(()));
    let status = host.status();
    assert_eq!((status[0].digest, status[0].failure.as_ref().unwrap().code), (before, "component.describe"));

    // The same failure is not reported again; its end is.
    assert_eq!(host.apply(wrong()).await.unwrap().failed, ["main"]);
    host.apply(config().account(account("main", harmless(), URL)).account(account("two", harmless_version(2), URL)))
        .await
        .unwrap();
    match next(&mut events).await {
        Event::AccountMended { account } => assert_eq!(account, "main"),
        other => panic!("{other:?}"),
    }
    assert!(host.status().iter().all(|status| status.failure.is_none()));
}

#[tokio::test]
async fn a_handle_of_an_account_that_never_served_serves_once_it_is_mended() {
    let host = host(config().account(broken())).await;
    let handle = host.account("broken").unwrap();
    assert_eq!(handle.query(StockQuery::skus(["daj1"])).await.unwrap_err().code(), "account.unavailable");
    let applied = host.apply(config().account(account("broken", harmless(), URL))).await.unwrap();
    assert_eq!(applied.added, ["broken"]);
    handle.query(StockQuery::skus(["daj1"])).await.unwrap();
}

#[tokio::test]
async fn without_the_key_a_configuration_is_taken_over_whole_or_not_at_all() {
    let both = || Config::new().account(account("main", harmless_version(2), URL)).account(broken());
    let host = host(one(harmless())).await;
    let before = host.status()[0].digest;
    assert_eq!(host.apply(both()).await.unwrap_err().code(), "component.unreadable");
    assert_eq!((host.status().len(), host.status()[0].digest), (1, before));
}

#[tokio::test]
async fn what_is_wrong_beside_the_accounts_is_not_tolerated() {
    let twice = config().account(account("main", harmless(), URL)).account(account("main", harmless(), URL));
    let error = Host::builder().transport(Recording::answering(["{}"])).build(twice).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "accounts.main: there are two accounts named `main`; give each account a name of its own"
    );
    let error = Config::from_toml("tolerate = \"accounts\"\ncolour = 1\n", &|_| None).unwrap_err();
    assert!(error.to_string().starts_with("line 2, column 1: colour: there is no such key"), "{error}");
    let error = Config::from_toml("tolerate = \"everything\"\n", &|_| None).unwrap_err();
    assert_eq!(error.to_string(), "line 1, column 12: tolerate: is nothing that can be tolerated; write \"accounts\"");
}

fn file(directory: &Path, first: &str) -> std::path::PathBuf {
    let path = directory.join("stockbridge.toml");
    let text = format!(
        "tolerate = \"accounts\"\n\n{first}\n[accounts.main]\nconnector = {:?}\nallow = [\"https://granted.example\"]\n\
         settings.url = \"{URL}\"\n",
        harmless()
    );
    fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn a_missing_variable_a_missing_file_and_a_typing_mistake_stop_their_account_alone() {
    let directory = tempfile::tempdir().unwrap();
    for (lines, said) in [
        ("settings.url = { env = \"STOCKBRIDGE_TEST_UNSET\" }", "is not set; set it for the process"),
        ("settings.url = { file = \"nowhere\" }", "the file `nowhere` cannot be read"),
        ("limits.rows = \"many\"", "is no whole number above 0; write one, without a unit"),
        ("colour = 1", "there is no such key; write one of connector"),
    ] {
        let first = format!("[accounts.first]\nconnector = {:?}\n{lines}\n", harmless());
        let host = Host::from_file(file(directory.path(), &first)).await.unwrap();
        assert_eq!(query(&host, "main", "daj1").await, Ok(()), "{lines}");
        let error = host.account("first").unwrap().query(StockQuery::skus(["daj1"])).await.unwrap_err();
        assert_eq!(error.code(), "account.unavailable");
        assert!(error.to_string().contains("stockbridge.toml:5:") && error.to_string().contains(said), "{error}");
    }
}

/// The journal knows whether it was sent before, by an earlier host with which the account served.
#[tokio::test]
async fn an_order_that_was_sent_before_is_told_of_though_its_account_does_not_serve_now() {
    use stockbridge_tests::{Provider, account_at};

    let directory = tempfile::tempdir().unwrap();
    let journal = directory.path().join("journal");
    let config = |served: bool| {
        let account = account_at(Provider::WdtEnterprise, "http://127.0.0.1:9");
        let account = if served { account } else { account.served_by("nowhere.wasm") };
        config().journal(journal.as_path().to_str().unwrap()).account(account)
    };
    let order = |reference: &str| TransferOrder {
        reference: reference.parse().unwrap(),
        lines: vec![TransferLine::new("daj1", 1)],
        ..TransferOrder::between("a", "b")
    };
    let garbage = Recording::answering(["no answer of a provider"]);
    let host = stockbridge_tests::passive().transport(garbage.clone()).build(config(true)).await.unwrap();
    let sent = host.account("wdt-enterprise").unwrap().transfer(order("sent-before")).await.unwrap_err();
    assert!(matches!(sent, WriteFailure::Unknown(_)), "{sent:?}");
    host.shutdown(std::time::Duration::from_secs(10)).await.unwrap();
    drop(host);

    let host = stockbridge_tests::passive().transport(garbage).build(config(false)).await.unwrap();
    let account = host.account("wdt-enterprise").unwrap();
    let told = account.transfer(order("sent-before")).await.unwrap_err();
    assert!(matches!(told, WriteFailure::Unknown(_)), "{told:?}");
    let told = account.transfer(order("never-sent")).await.unwrap_err();
    assert!(matches!(told, WriteFailure::NotApplied(_)), "{told:?}");
    assert_eq!(told.error().code(), "account.unavailable");
}
