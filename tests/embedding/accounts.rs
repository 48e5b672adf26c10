//! Accounts that an application adds and removes in code.

use std::time::Duration;

use stockbridge::{Account, AccountConfig, Config, Event, Host};
use stockbridge_tests::{on_loopback, test_component, traced_account};

const NOWHERE: &str = "http://127.0.0.1:9";

fn named(name: &str) -> AccountConfig {
    traced_account(NOWHERE, "blind").named(name)
}

fn names(host: &Host) -> Vec<String> {
    host.accounts().iter().map(|account| account.name().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_are_added_at_the_same_time_are_all_there() {
    let host = Host::from_config(Config::new().account(named("first"))).await.unwrap();
    let adding: Vec<_> = (0..8)
        .map(|number| {
            let host = host.clone();
            tokio::spawn(async move { host.add_account(named(&format!("added-{number}"))).await })
        })
        .collect();
    let removing = tokio::spawn({
        let host = host.clone();
        async move { host.remove_account("first").await }
    });
    for added in adding {
        let account: Account = added.await.unwrap().unwrap();
        account.check().await.unwrap();
    }
    removing.await.unwrap().unwrap();
    assert_eq!(names(&host), (0..8).map(|number| format!("added-{number}")).collect::<Vec<_>>());
    let config = host.config();
    assert_eq!(config.accounts.len(), 8);
    // The returned configuration can be applied again, without a change.
    assert!(host.apply(config).await.unwrap().is_nothing());
}

#[tokio::test]
async fn what_cannot_be_added_or_removed_changes_nothing_and_says_why() {
    let builder = Host::builder();
    let mut events = builder.subscribe();
    let host = builder.build(Config::new().account(named("first"))).await.unwrap();
    assert!(matches!(events.next().await, Some(Ok(Event::Applied(_)))));
    let twice = host.add_account(named("first")).await.unwrap_err();
    assert_eq!(twice.code(), "config.invalid");
    let wrong = host.add_account(named("second").setting("nonsense", "1")).await.unwrap_err();
    assert!(wrong.to_string().contains("accounts.second.settings.nonsense"), "{wrong}");
    let missing = host.add_account(AccountConfig::new("third", "there-is-none.wasm")).await.unwrap_err();
    assert_eq!(missing.code(), "component.unreadable");
    assert_eq!(host.remove_account("second").await.unwrap_err().code(), "account.unknown");
    assert_eq!(names(&host), ["first"]);

    host.add_account(named("second")).await.unwrap();
    let Some(Ok(Event::Applied(applied))) = events.next().await else { panic!("the event is missing") };
    assert_eq!(applied.added, ["second"]);
}

#[tokio::test]
async fn a_handle_follows_the_name_of_an_account_that_is_removed_and_added_again() {
    let host = Host::from_config(Config::new()).await.unwrap();
    let account = host.add_account(named("it")).await.unwrap();
    host.remove_account("it").await.unwrap();
    assert_eq!(account.check().await.unwrap_err().code(), "account.removed");
    host.add_account(named("it")).await.unwrap();
    account.check().await.unwrap();
}

#[tokio::test]
async fn the_configuration_that_a_host_gives_back_has_no_secret_in_clear() {
    let account = AccountConfig::new("probe", test_component("probe"))
        .allow(on_loopback(NOWHERE))
        .setting("url", NOWHERE)
        .secret("signing", "s3cret-of-signing")
        .secret("bearer", "s3cret-of-bearer");
    let host = Host::from_config(Config::new().account(account)).await.unwrap();
    let config = host.config();
    let [account] = &config.accounts[..] else { panic!("{config:?}") };
    assert_eq!(account.secret_names().collect::<Vec<_>>(), ["bearer", "signing"]);
    assert_eq!(account.settings()["url"], NOWHERE);
    assert!(!format!("{config:?}{host:?}").contains("s3cret"), "{config:?}");
}

#[tokio::test]
async fn a_file_leaves_what_was_added_in_code_until_it_names_it_and_apply_replaces_all() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stockbridge.toml");
    let text = |names: &[&str]| {
        let component = test_component("traced");
        let account = |name: &&str| {
            format!(
                "[accounts.{name}]\nconnector = {:?}\nsettings.url = {NOWHERE:?}\nsettings.app = \"demo\"\n\
                 allow = [{{ origin = {NOWHERE:?}, addresses = [\"loopback\"] }}]\n",
                component.display().to_string()
            )
        };
        names.iter().map(account).collect::<String>()
    };
    std::fs::write(&file, text(&["filed"])).unwrap();
    let host = Host::from_file(&file).await.unwrap();
    host.add_account(named("coded")).await.unwrap();
    let _watch = host.watch(&file);
    let until = async |expected: &[&str]| {
        for _ in 0..2000 {
            if names(&host) == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?} are not {expected:?}", names(&host));
    };
    std::fs::write(&file, text(&["filed", "other"])).unwrap();
    until(&["coded", "filed", "other"]).await;
    // Once the file names an account, the account belongs to the file and is removed with it.
    std::fs::write(&file, text(&["coded", "filed"])).unwrap();
    until(&["coded", "filed"]).await;
    std::fs::write(&file, text(&["filed"])).unwrap();
    until(&["filed"]).await;
    host.add_account(named("coded")).await.unwrap();
    drop(_watch);
    host.apply(Config::new().account(named("only"))).await.unwrap();
    assert_eq!(names(&host), ["only"]);
}
