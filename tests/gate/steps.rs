//! The order of the steps, the pinned digest, and their reports.

use std::time::Duration;

use stockbridge::gate::{self, Check, Report, Verdict};
use stockbridge::{AccountConfig, Config, Digest, Error, Host, Limits, Secret, inspect};
use stockbridge_tests::{Provider, account_at, connector, hostile_guest};

use crate::component::{bare, shipped, with_section};
use stockbridge_tests::Signer;

fn account() -> AccountConfig {
    account_at(Provider::Winit, "http://127.0.0.1:9")
}

async fn refused(account: AccountConfig) -> Error {
    Host::from_config(Config::new().account(account)).await.unwrap_err()
}

async fn digest_of(component: Vec<u8>) -> Digest {
    inspect(component).await.unwrap().digest
}

/// The digest of an empty file.
const OTHER: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[tokio::test]
async fn the_pinned_component_serves_and_another_one_is_told_both_digests() {
    let digest = digest_of(shipped("winit")).await;
    Host::from_config(Config::new().account(account().sha256(digest))).await.unwrap();
    let error = refused(account().sha256(OTHER.parse().unwrap())).await;
    assert_eq!(error.code(), "component.digest");
    assert_eq!(
        error.to_string(),
        format!(
            "accounts.winit.connector: component {}: has the SHA-256 {digest}, and the configuration pins {OTHER}; put the pinned version there, or \
             pin this one once it is known to be good",
            connector("winit").display()
        )
    );
}

#[tokio::test]
async fn each_account_is_held_to_its_own_pin_though_they_share_a_component() {
    let config = Config::new().account(account()).account(account().named("two").sha256(OTHER.parse().unwrap()));
    assert_eq!(Host::from_config(config).await.unwrap_err().code(), "component.digest");
}

#[tokio::test]
async fn a_pin_in_a_configuration_file_is_64_digits() {
    let read =
        |pin: &str| Config::from_toml(&format!("[accounts.a]\nconnector = \"c.wasm\"\nsha256 = {pin}\n"), &|_| None);
    read(&format!("\"{}\"", OTHER.to_uppercase())).unwrap();
    for pin in ["\"\"", "\"e3b0\"", "\"sha256:e3b0\""] {
        assert_eq!(
            read(pin).unwrap_err().to_string(),
            "line 3, column 10: accounts.a.sha256: is not a SHA-256; write its 64 hexadecimal digits, as `sha256sum` prints them"
        );
    }
    assert_eq!(
        read("7").unwrap_err().to_string(),
        "line 3, column 10: accounts.a.sha256: is an integer; write a text in quotes"
    );
}

/// A fault of one step remains in all later cases, so that the code shows which step came first.
#[tokio::test]
async fn the_steps_come_in_their_order() {
    let stranger = || Signer::new().public().parse().unwrap();
    let distrusted = |account: AccountConfig| account.sha256(OTHER.parse().unwrap()).signed_by(stranger());
    let size = distrusted(account().served_by(vec![0; 33 * 1024 * 1024]));
    assert_eq!(refused(size).await.code(), "component.too-large");
    let cut = shipped("winit")[..100_000].to_vec();
    assert_eq!(refused(distrusted(account().served_by(cut))).await.code(), "component.malformed");
    // From here on the format is valid, and the code is not: it is not compiled before pin and signature are checked.
    let broken = with_section(wat::parse_str("(component (core module (func (result i32))))").unwrap(), "a", b"");
    assert_eq!(refused(distrusted(account().served_by(broken.clone()))).await.code(), "component.digest");
    let signed = account().served_by(broken.clone()).signed_by(stranger());
    assert_eq!(refused(signed).await.code(), "component.signature");
    assert_eq!(refused(account().served_by(broken)).await.code(), "component.malformed");
    let other_contract =
        "(component (import \"stockbridge:connector/http@0.9.0\" (instance)) (import \"env\" (instance)))";
    let other_contract = account().served_by(wat::parse_str(other_contract).unwrap());
    assert_eq!(refused(other_contract).await.code(), "component.contract-version");
    let imports = account().served_by(wat::parse_str("(component (import \"env\" (instance)))").unwrap());
    assert_eq!(refused(imports).await.code(), "component.imports");
    let exports = account().served_by(wat::parse_str("(component)").unwrap());
    assert_eq!(refused(exports).await.code(), "component.exports");
    // Unreadable vectors are reported last, after the account's settings.
    let vectors = with_section(bare("winit"), "stockbridge:vectors", b"{}");
    let unfit = account().served_by(vectors.clone()).setting("colour", "red");
    assert_eq!(refused(unfit).await.code(), "config.invalid");
    assert_eq!(refused(account().served_by(vectors)).await.code(), "component.vectors");
}

fn verdicts(report: &Report) -> Vec<(Check, Verdict)> {
    report.steps.iter().map(|step| (step.check, step.verdict)).collect()
}

#[tokio::test]
async fn a_report_has_every_step_in_its_order_and_says_what_was_found() {
    let report = gate::check(connector("winit")).await.unwrap();
    assert!(report.serves());
    assert_eq!(report.account, None);
    assert_eq!(report.version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(report.place, connector("winit").display().to_string());
    assert_eq!(report.steps.iter().map(|step| step.check).collect::<Vec<_>>(), Check::ALL);
    let found = |check| report.steps.iter().find(|step| step.check == check).unwrap();
    assert_eq!(found(Check::Account).verdict, Verdict::NotAsked);
    assert_eq!((found(Check::Vectors).verdict, found(Check::Vectors).detail.as_str()), (Verdict::Ok, "15 vectors"));
    assert_eq!(found(Check::Describe).detail, "winit: Winit 万邑通");
    assert_eq!(found(Check::Operations).verdict, Verdict::NotAsked);
}

#[tokio::test]
async fn the_step_that_failed_says_why_and_those_behind_it_were_not_reached() {
    let foreign = wat::parse_str("(component (import \"env\" (instance)))").unwrap();
    let report = gate::check(foreign).await.unwrap();
    assert!(!report.serves());
    use Verdict::{Failed, NotAsked, NotReached, Ok};
    let expected = [Ok, Ok, NotAsked, NotAsked, Ok, Ok, Failed].into_iter().chain([NotReached; 5]);
    assert_eq!(verdicts(&report), Check::ALL.into_iter().zip(expected).collect::<Vec<_>>());
    let failed = report.steps.iter().find(|step| step.verdict == Failed).unwrap();
    assert_eq!(failed.detail, report.error.unwrap().to_string());
}

#[tokio::test]
async fn a_configuration_is_checked_account_by_account_as_it_is_loaded() {
    let config = Config::new()
        .account(account())
        .account(account().named("pinned").sha256(OTHER.parse().unwrap()))
        .account(account().named("unfit").setting("colour", "red"))
        .account(account().named("again"));
    let reports = gate::check_config(&config).await.unwrap();
    let codes: Vec<_> = reports
        .iter()
        .map(|report| (report.account.as_deref().unwrap(), report.error.as_ref().map(Error::code)))
        .collect();
    let expected =
        [("winit", None), ("pinned", Some("component.digest")), ("unfit", Some("config.invalid")), ("again", None)];
    assert_eq!(codes, expected);
    // Shared steps are reported for each account.
    assert_eq!(reports[0].steps, reports[3].steps);
    // A host reports both mistakes at once.
    let error = Host::from_config(config).await.unwrap_err();
    let codes: Vec<_> = error.mistakes().iter().map(Error::code).collect();
    assert_eq!((error.code(), codes), ("config.invalid", vec!["component.digest", "config.invalid"]));
}

#[tokio::test]
async fn an_account_that_cannot_say_what_it_can_do_does_not_pass_a_check_as_it_is_not_loaded() {
    for (guest, code) in [
        ("trap-in-operations", "connector.trapped"),
        ("spin-in-operations", "connector.deadline"),
        ("operations-by-thousands", "connector.violation"),
    ] {
        let limits = Limits::default().deadline(Duration::from_millis(300)).min_time_left(Duration::ZERO);
        let config = Config::new().account(AccountConfig::new("a", hostile_guest(guest)).limits(limits));
        let report = gate::check_config(&config).await.unwrap().remove(0);
        let failed = report.steps.iter().find(|step| step.verdict == Verdict::Failed).unwrap();
        let why = report.error.as_ref().unwrap();
        assert_eq!((failed.check, why.code()), (Check::Operations, code), "{why}");
        assert_eq!(failed.detail, why.to_string());
        assert_eq!(Host::from_config(config).await.unwrap_err().to_string(), failed.detail);
    }
}

#[tokio::test]
async fn what_an_account_can_do_is_asked_with_its_own_settings_and_told() {
    let adjusting = |products: &[&str]| {
        let few = AccountConfig::new(products.join("-"), connector("winit"))
            .setting("app_key", "demo@example.com")
            .setting("client_id", "demo-client")
            .setting("platform", "DEMO")
            .secret("token", Secret::new("demo-token"))
            .secret("client_secret", Secret::new("demo-client-secret"));
        products.iter().fold(few, |few, product| few.setting(format!("product-code-{product}"), "OSF611005741"))
    };
    let config = Config::new().account(adjusting(&["unpack"])).account(adjusting(&["unpack", "relabel"]));
    let reports = gate::check_config(&config).await.unwrap();
    let operations =
        |report: &Report| report.steps.iter().find(|step| step.check == Check::Operations).unwrap().detail.clone();
    assert_eq!(operations(&reports[0]), "the account offers query, adjust.unpack");
    assert_eq!(operations(&reports[1]), "the account offers query, adjust.unpack, adjust.relabel");
}

#[tokio::test]
async fn the_four_connectors_ship_vectors_and_a_version() {
    for provider in Provider::ALL {
        let inspection = inspect(connector(provider.name())).await.unwrap();
        assert!(inspection.vectors >= 8, "{}: {}", provider.name(), inspection.vectors);
        assert_eq!(inspection.version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
        let host =
            Host::from_config(Config::new().require_vectors().account(account_at(provider, "http://127.0.0.1:9")));
        assert_eq!(host.await.unwrap().accounts()[0].version().unwrap().as_deref(), Some(env!("CARGO_PKG_VERSION")));
    }
}
