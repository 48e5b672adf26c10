//! `stockbridge::testing`: an in-memory provider with the answers that a test defines, behind a regular host.

use std::path::Path;
use std::time::{Duration, Instant};

use stockbridge::journal::{WriteFilter, WriteState};
use stockbridge::testing::{Answer, Found, Provider, Row};
use stockbridge::{
    Account, Adjustment, AdjustmentOrder, CallOptions, Config, CountLine, Decimal, Error, Host, Limits, Outcome,
    StockQuery, TransferLine, TransferOrder, WriteFailure,
};
use stockbridge_tests::connector;

fn order() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("daj1", 10)], ..TransferOrder::between("here", "there") }
}

async fn account(provider: &Provider) -> Account {
    provider.host().await.unwrap().account("testing").unwrap()
}

#[tokio::test]
async fn five_lines_show_an_application_a_write_of_which_nobody_knows() -> Result<(), Error> {
    let provider = Provider::new();
    provider.writes(|_| Answer::Unknown);
    let wms = provider.host().await?.account("testing")?;
    let failure = wms.transfer(order()).await.unwrap_err();
    assert!(matches!(failure, WriteFailure::Unknown(_)));
    Ok(())
}

#[tokio::test]
async fn a_query_has_the_pages_that_the_test_gave() {
    let provider = Provider::new();
    provider.pages([vec![("a", "east", 1), ("b", "east", 2)], vec![("a", "west", 3)]]);
    let wms = account(&provider).await;
    let all = wms.query(StockQuery::all()).await.unwrap();
    assert_eq!((all.levels.len(), all.next.is_some()), (2, true));
    let mut pages = wms.pages(StockQuery::skus(["a"]));
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page.unwrap().levels.into_iter().map(|level| (level.warehouse.to_string(), level.available)));
    }
    assert_eq!(found, [("east".to_owned(), Some(Decimal::from(1))), ("west".to_owned(), Some(Decimal::from(3)))]);
    provider.pages([vec![Row::new("a", "east").on_hand(5).reserved(2)]]);
    let page = wms.query(StockQuery::all()).await.unwrap();
    assert_eq!((page.levels[0].on_hand, page.levels[0].available), (Some(Decimal::from(5)), None));
    provider.queries(Some(Answer::NotApplied("unauthorized".to_owned(), "who are you".to_owned())));
    let refused = wms.query(StockQuery::all()).await.unwrap_err();
    assert_eq!((refused.code(), refused.provider_message()), ("provider.unauthorized", Some("who are you")));
}

#[tokio::test]
async fn a_write_ends_as_the_test_says() {
    let provider = Provider::new();
    let limits = Limits::default().attempts(1);
    let host =
        provider.builder().build(Config::new().account(provider.account("testing").limits(limits))).await.unwrap();
    let wms = host.account("testing").unwrap();
    let sent = order();
    assert_eq!(wms.transfer(sent.clone()).await.unwrap().document.as_deref(), Some("T1"));
    // The journal is a regular one.
    assert_eq!(wms.transfer(sent.clone()).await.unwrap().document.as_deref(), Some("T1"));
    assert_eq!((provider.applied(sent.reference.as_str()), provider.asked().len()), (1, 1));

    provider.writes(|_| Answer::Stuck);
    let stuck = wms.transfer(order()).await.unwrap();
    assert_eq!(stuck.progress, stockbridge::Progress::Stuck);
    for (answer, outcome, code) in [
        (Answer::NotApplied("E7".to_owned(), "no".to_owned()), Outcome::NotApplied, "provider.rejected"),
        (Answer::RateLimited(Duration::from_secs(1)), Outcome::NotApplied, "provider.rate-limited"),
        (Answer::Unknown, Outcome::Unknown, "provider.unavailable"),
        (Answer::Lost, Outcome::Unknown, "provider.unavailable"),
        (Answer::Unreachable, Outcome::NotApplied, "provider.unavailable"),
    ] {
        let said = answer.clone();
        provider.writes(move |_| said.clone());
        let wms = account(&provider).await;
        let limited = wms.with(CallOptions::new().deadline(Duration::from_secs(2)));
        let failure = limited.transfer(order()).await.unwrap_err();
        assert_eq!((failure.outcome(), failure.error().code()), (outcome, code), "{answer:?}: {failure}");
    }
}

#[tokio::test]
async fn an_answer_may_take_its_time_and_each_kind_of_write_is_taken() {
    let provider = Provider::new();
    let wait = Duration::from_millis(900);
    provider.writes(move |asked| match asked.operation.as_str() {
        "transfer" => Answer::After(wait, Box::new(Answer::Applied)),
        _ => Answer::Accepted,
    });
    let wms = account(&provider).await;
    let started = Instant::now();
    wms.transfer(order()).await.unwrap();
    assert!(started.elapsed() >= wait);
    let hurried = wms.with(CallOptions::new().deadline(Duration::from_millis(600)));
    assert_eq!(hurried.transfer(order()).await.unwrap_err().outcome(), Outcome::Unknown);
    let count = AdjustmentOrder::new("here", Adjustment::Count(vec![CountLine::new("daj1", 1)]));
    wms.adjust(count).await.unwrap();
    assert_eq!(provider.asked().last().map(|asked| asked.operation.clone()).as_deref(), Some("adjust.count"));
}

/// A host that starts recovering writes of unknown outcome after some milliseconds.
async fn recovering(provider: &Provider) -> (Host, Account) {
    let builder = provider.builder().recovery_waits(Duration::from_millis(20), Duration::from_millis(100));
    let limits = Limits::default().attempts(1);
    let host = builder.build(Config::new().account(provider.account("testing").limits(limits))).await.unwrap();
    let account = host.account("testing").unwrap();
    (host, account)
}

#[tokio::test]
async fn the_host_finds_out_what_became_of_a_write_as_with_a_real_provider() {
    for (found, applied) in [(Found::Truth, true), (Found::NotApplied, false)] {
        let provider = Provider::traceable();
        provider.writes(|_| Answer::Unknown);
        let said = found.clone();
        provider.look_ups(move |_| said.clone());
        let (host, wms) = recovering(&provider).await;
        wms.transfer(order()).await.unwrap_err();
        let mut left = 2000;
        let record = loop {
            let record = host.journal().list(&WriteFilter::default()).await.unwrap().remove(0);
            if !record.is_open() || left == 0 {
                break record;
            }
            left -= 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert_eq!(matches!(record.state, WriteState::Applied { .. }), applied, "{found:?}: {record:?}");
    }
    let provider = Provider::deduplicating();
    provider.writes(|asked| if asked.earlier == 0 { Answer::Unknown } else { Answer::Applied });
    let (_host, wms) = recovering(&provider).await;
    let sent = order();
    wms.transfer(sent.clone()).await.unwrap_err();
    for _ in 0..2000 {
        if wms.find_write(&sent.reference).await.unwrap().is_some_and(|record| !record.is_open()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(wms.transfer(sent.clone()).await.unwrap().document.as_deref(), Some("T1"));
    assert_eq!(provider.applied(sent.reference.as_str()), 1);
}

#[test]
fn the_connector_that_is_compiled_in_is_the_one_whose_source_stands_here() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(here.join("components/scripted/src/lib.rs")).unwrap();
    let built_from = std::fs::read_to_string(here.join("../host/src/testing/connector.source")).unwrap();
    assert!(source == built_from, "run `cargo xtask testing-connector`");
}

/// A component must not reveal its build machine: panic messages contain source paths.
#[test]
fn no_component_has_a_directory_of_the_machine_that_built_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // Cargo's default place for sources.
    let home = std::env::var("HOME").unwrap_or_else(|_| "/home".to_owned());
    let mut components = vec![root.join("host/src/testing/connector.wasm")];
    components.extend(["wdt-flagship", "wdt-enterprise", "taobao-top", "winit"].map(connector));
    for component in components {
        let bytes = std::fs::read(&component).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for path in ["registry/src", home.as_str(), env!("CARGO_MANIFEST_DIR")] {
            assert!(!text.contains(path), "{} has {path}", component.display());
        }
    }
}
