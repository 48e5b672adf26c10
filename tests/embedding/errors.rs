//! Errors: their sources, sharing between threads, and their serialised form.

use std::error::Error as _;
use std::io;

use serde_json::{Value, json};
use stockbridge::{AccountConfig, Config, Error, ErrorKind, Host, Outcome, TransferOrder, WriteFailure};
use stockbridge_tests::traced_account;

/// Texts of an error and its sources, from the error down.
fn chain<'a>(error: &'a (dyn std::error::Error + 'static)) -> Vec<&'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| (**error).source()).collect()
}

fn io_error(error: &Error) -> Option<io::ErrorKind> {
    chain(error).iter().find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// Compiles only for errors that an application can send, clone and serialise.
fn is_shared<T: std::error::Error + Clone + Send + Sync + serde::Serialize + 'static>(_: &T) {}

#[tokio::test]
async fn a_file_that_is_not_there_is_found_underneath_whichever_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Host::from_file(directory.path().join("none.toml")).await.unwrap_err();
    assert_eq!((missing.code(), io_error(&missing)), ("config.invalid", Some(io::ErrorKind::NotFound)));

    let account = AccountConfig::new("main", directory.path().join("none.wasm"));
    let missing = Host::from_config(Config::new().account(account)).await.unwrap_err();
    assert_eq!((missing.code(), io_error(&missing)), ("component.unreadable", Some(io::ErrorKind::NotFound)));

    let text = "[accounts.main]\nconnector = \"none.wasm\"\nsecrets.secret = { file = \"no-secret\" }\n";
    std::fs::write(directory.path().join("it.toml"), text).unwrap();
    let missing = Config::from_file(directory.path().join("it.toml")).unwrap_err();
    assert_eq!((missing.code(), io_error(&missing)), ("config.invalid", Some(io::ErrorKind::NotFound)));
}

#[tokio::test]
async fn a_failed_write_has_its_error_underneath_and_no_link_of_the_chain_repeats_the_one_above() {
    let failure = refused().await;
    is_shared(&failure);
    is_shared(failure.error());
    let below = failure.source().and_then(|below| below.downcast_ref::<Error>()).unwrap();
    assert_eq!(below.outcome(), Some(Outcome::NotApplied));
    let texts: Vec<String> = chain(&failure).iter().map(ToString::to_string).collect();
    assert!(texts.windows(2).all(|pair| pair[0] != pair[1]), "{texts:?}");
    let shared = failure.clone();
    assert_eq!(shared.to_string(), failure.to_string());
    assert!(std::ptr::eq(shared.error().kind(), failure.error().kind()));
}

/// The failure of a removed account.
async fn refused() -> WriteFailure {
    let host = Host::from_config(Config::new()).await.unwrap();
    host.apply(Config::new().account(traced_account("http://127.0.0.1:9", "blind"))).await.unwrap();
    let account = host.account("traced").unwrap();
    host.apply(Config::new()).await.unwrap();
    account.transfer(TransferOrder::between("here", "there")).await.unwrap_err()
}

#[tokio::test]
async fn an_error_is_serialised_with_names_that_stay_the_same() {
    let failure = refused().await;
    let written = serde_json::to_value(&failure).unwrap();
    assert_eq!(
        written,
        json!({
            "code": "account.removed", "class": "not-found", "message": failure.error().to_string(),
            "outcome": "not-applied", "account": "traced", "place": null, "path": null, "provider-code": null,
            "provider-message": null, "retry-after-ms": null, "limited-method": null, "extras": null,
        })
    );
    assert_eq!(written, serde_json::to_value(failure.error()).unwrap());

    let wait = std::time::Duration::from_micros(1_500_001);
    let paused = ErrorKind::Paused { account: "a".to_owned(), method: "m".to_owned(), wait };
    let written = serde_json::to_value(Error::from(paused)).unwrap();
    assert_eq!((&written["retry-after-ms"], &written["outcome"]), (&json!(1501), &Value::Null));

    let wrong = Config::from_toml("journal = 7", &|_| None).unwrap_err();
    let written = serde_json::to_value(&wrong).unwrap();
    assert_eq!(written["place"], json!({"file": null, "line": 1, "column": 11}));
}
