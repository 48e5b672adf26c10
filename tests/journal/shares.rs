//! Journal space of an account or a write: limited if the operator says so, and never at the cost of losing an outcome.

use std::path::Path;
use std::time::Duration;

use stockbridge::journal::{Settlement, WriteEventKind, WriteFilter};
use stockbridge::testing::{Answer, Found, Provider};
use stockbridge::{Account, Config, Host, Limits, Outcome, TransferLine, TransferOrder, WriteFailure};
use stockbridge_tests::Log;

const MIB: u64 = 1024 * 1024;
/// More orders than fit into one MiB of the journal.
const MANY: usize = 2_000;

fn order() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("daj1", 10)], ..TransferOrder::between("here", "there") }
}

/// A host with an account that has a share of one MiB, and one without a limit.
async fn host(provider: &Provider, journal: &Path) -> Host {
    let limits = Limits::default().attempts(1);
    let config = Config::new()
        .journal(journal)
        .account(provider.account("bounded").limits(limits.journal_bytes(MIB)))
        .account(provider.account("free").limits(limits).application("another"));
    provider.builder().build(config).await.unwrap()
}

/// Orders until one is refused. Returns the number of earlier ones.
async fn filled(account: &Account) -> (usize, WriteFailure) {
    for sent in 0..MANY {
        if let Err(failure) = account.transfer(order()).await {
            return (sent, failure);
        }
    }
    panic!("{MANY} orders fit into a MiB");
}

#[tokio::test]
async fn at_the_end_of_its_share_only_new_orders_of_an_account_are_refused() {
    let log = Log::listen();
    let (provider, directory) = (Provider::traceable(), tempfile::tempdir().unwrap());
    provider.look_ups(|_| Found::CannotTell("look there".to_owned()));
    let file = directory.path().join("writes.journal");
    let first = host(&provider, &file).await;
    let (bounded, free) = (first.account("bounded").unwrap(), first.account("free").unwrap());
    provider.writes(|_| Answer::Unknown);
    let open = order();
    assert_eq!(bounded.transfer(open.clone()).await.unwrap_err().outcome(), Outcome::Unknown);
    let done = order();
    provider.writes(|_| Answer::Applied);
    bounded.transfer(done.clone()).await.unwrap();
    let (sent, failure) = filled(&bounded).await;
    assert!(sent > 100, "{sent}");
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "journal.share-used"));
    assert!(failure.to_string().contains("limits.journal-mib"), "{failure}");
    let warnings = log.lines().into_iter().filter(|line| line.contains("four fifths")).count();
    assert_eq!(warnings, 1);
    // Other accounts continue; earlier orders are answered from the journal; an operator's settlement of an open write is
    // recorded.
    free.transfer(order()).await.unwrap();
    assert!(bounded.transfer(done.clone()).await.unwrap().from_journal.is_some());
    let filter = WriteFilter { reference: Some(open.reference.clone()), ..WriteFilter::default() };
    let journal = first.journal();
    let [write] = &journal.list(&filter).await.unwrap()[..] else { panic!() };
    let settlement = Settlement { applied: false, by: "who".into(), note: "looked".into(), document: None };
    journal.settle(write.id, settlement).await.unwrap();
    first.shutdown(Duration::from_secs(5)).await.unwrap();
    // It is just as full after a restart.
    let second = host(&provider, &file).await;
    let (bounded, free) = (second.account("bounded").unwrap(), second.account("free").unwrap());
    let failure = bounded.transfer(order()).await.unwrap_err();
    assert_eq!(failure.error().code(), "journal.share-used");
    assert!(bounded.transfer(done).await.unwrap().from_journal.is_some());
    free.transfer(order()).await.unwrap();
}

#[tokio::test]
async fn a_share_is_full_only_for_new_orders_and_recovery_ends_what_is_open() {
    let (provider, directory) = (Provider::traceable(), tempfile::tempdir().unwrap());
    let host = host(&provider, &directory.path().join("writes.journal")).await;
    let bounded = host.account("bounded").unwrap();
    provider.writes(|_| Answer::Unknown);
    let open = order();
    bounded.transfer(open.clone()).await.unwrap_err();
    provider.writes(|_| Answer::Applied);
    filled(&bounded).await;
    provider.look_ups(|_| Found::Applied);
    let receipt = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            match bounded.transfer(open.clone()).await {
                Ok(receipt) => return receipt,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    });
    assert!(receipt.await.unwrap().from_journal.is_some());
}

/// Bodies beyond 2 MiB are left out, and counted; the write's outcome is returned.
#[tokio::test]
async fn a_story_without_end_is_cut_and_says_so() {
    let provider = Provider::new();
    let limits = Limits::default().attempts(1);
    let host = provider.builder().build(Config::new().account(provider.account("long").limits(limits))).await.unwrap();
    let account = host.account("long").unwrap();
    let again = order();
    for _ in 0..40 {
        provider.writes(|_| Answer::NotApplied("E7".to_owned(), "no ".repeat(20_000)));
        account.transfer(again.clone()).await.unwrap_err();
    }
    provider.writes(|_| Answer::Applied);
    account.transfer(again.clone()).await.unwrap();
    let journal = host.journal();
    let filter = WriteFilter { reference: Some(again.reference.clone()), ..WriteFilter::default() };
    let [write] = &journal.list(&filter).await.unwrap()[..] else { panic!() };
    let story = journal.history(write.id).await.unwrap().unwrap();
    let size = serde_json::to_vec(&story.events).unwrap().len();
    assert!(size < 3 * 1024 * 1024, "{size}");
    assert!(story.cut > 0, "{size}");
    assert!(matches!(story.events.last().unwrap().what, WriteEventKind::Applied { .. }), "{:?}", story.events.last());
    let rejected = story.events.iter().filter(|event| matches!(event.what, WriteEventKind::Rejected { .. })).count();
    assert_eq!(rejected, 40);
}
