//! A journal that another process still holds, as during a deployment that replaces the previous one.

use std::time::{Duration, Instant};

use stockbridge::{
    Account, CallOptions, Config, Event, Host, Outcome, Subscription, TransferLine, TransferOrder, journal::WriteFilter,
};
use stockbridge_tests::{Repeats, Traced};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_millis(400);

struct Scene {
    provider: Traced,
    directory: TempDir,
}

impl Scene {
    fn new() -> Scene {
        Scene { provider: Traced::start(Repeats::CarriedOut), directory: tempfile::tempdir().unwrap() }
    }

    fn config(&self) -> Config {
        let journal = self.directory.path().join("journal");
        Config::new().journal(journal).account(self.provider.account("blind"))
    }

    async fn host(&self) -> Host {
        Host::from_config(self.config()).await.unwrap()
    }
}

fn account(host: &Host) -> Account {
    host.account("traced").unwrap()
}

fn order() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("daj1", 10)], ..TransferOrder::between("here", "there") }
}

async fn until(events: &mut Subscription<Event>, is: impl Fn(&Event) -> bool) -> Event {
    let found = async {
        loop {
            let event = events.next().await.expect("the host is gone").expect("no event is missed");
            if is(&event) {
                return event;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("no such event")
}

#[tokio::test]
async fn a_host_starts_once_the_one_before_has_let_the_journal_go() {
    let scene = Scene::new();
    let before = scene.host().await;
    let next = tokio::spawn(Host::builder().wait_for_journal(PATIENCE).build(scene.config()));
    tokio::time::sleep(SOON).await;
    assert!(!next.is_finished());
    let sent = order();
    account(&before).transfer(sent.clone()).await.unwrap();
    before.shutdown(PATIENCE).await.unwrap();
    let host = next.await.unwrap().unwrap();
    // The records of the previous host are read.
    account(&host).transfer(sent.clone()).await.unwrap();
    assert_eq!(scene.provider.applied(sent.reference.as_str()), 1);
}

#[tokio::test]
async fn a_journal_that_is_not_let_go_is_not_waited_for_any_longer() {
    let scene = Scene::new();
    let _before = scene.host().await;
    let started = Instant::now();
    let refused = Host::builder().wait_for_journal(SOON).build(scene.config()).await.unwrap_err();
    assert_eq!(refused.code(), "journal.in-use");
    assert!(started.elapsed() >= SOON, "{:?}", started.elapsed());
}

#[tokio::test]
async fn reads_are_served_while_the_journal_is_waited_for_and_writes_wait_within_their_deadline() {
    let scene = Scene::new();
    let before = scene.host().await;
    let builder = Host::builder().wait_for_journal(PATIENCE).serve_reads_meanwhile();
    let mut events = builder.subscribe();
    let host = builder.build(scene.config()).await.unwrap();
    account(&host).check().await.unwrap();

    // The previous host may have sent it.
    let sent = order();
    account(&before).transfer(sent.clone()).await.unwrap();
    for order in [sent.clone(), order()] {
        let hurried = account(&host).with(CallOptions::new().deadline(SOON));
        let failure = hurried.transfer(order).await.unwrap_err();
        assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "journal.in-use"), "{failure}");
    }
    // A write that may exist is not reported as missing.
    assert_eq!(account(&host).find_write(&sent.reference).await.unwrap_err().code(), "journal.in-use");
    assert_eq!(host.journal().list(&WriteFilter::default()).await.unwrap_err().code(), "journal.in-use");

    let mut heard = host.journal().subscribe();
    let patient = account(&host);
    let waiting = tokio::spawn(async move { (patient.transfer(sent).await, patient.transfer(order()).await) });
    tokio::time::sleep(SOON).await;
    assert!(!waiting.is_finished());
    before.shutdown(PATIENCE).await.unwrap();
    let (recorded, fresh) = waiting.await.unwrap();
    let (recorded, fresh) = (recorded.unwrap(), fresh.unwrap());
    assert_eq!(scene.provider.applied(recorded.reference.as_str()), 1);
    assert_eq!(scene.provider.applied(fresh.reference.as_str()), 1);
    until(&mut events, |event| matches!(event, Event::JournalTaken { .. })).await;
    host.journal_ready().await.unwrap();
    assert_eq!(host.journal().list(&WriteFilter::default()).await.unwrap().len(), 2);
    assert_eq!(heard.next().await.unwrap().unwrap().reference, fresh.reference);
}

#[tokio::test]
async fn a_host_that_does_not_get_the_journal_says_so_and_goes_on_serving_reads() {
    let scene = Scene::new();
    let _before = scene.host().await;
    let builder = Host::builder().wait_for_journal(SOON).serve_reads_meanwhile();
    let mut events = builder.subscribe();
    let host = builder.build(scene.config()).await.unwrap();
    until(&mut events, |event| matches!(event, Event::JournalNotTaken { .. })).await;
    assert_eq!(host.journal_ready().await.unwrap_err().code(), "journal.in-use");
    let failure = account(&host).transfer(order()).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "journal.in-use"));
    account(&host).check().await.unwrap();
}

#[tokio::test]
async fn a_host_that_ends_while_it_waits_leaves_the_journal_to_the_next() {
    let scene = Scene::new();
    let before = scene.host().await;
    let host = Host::builder().wait_for_journal(PATIENCE).serve_reads_meanwhile().build(scene.config()).await.unwrap();
    host.shutdown(PATIENCE).await.unwrap();
    before.shutdown(PATIENCE).await.unwrap();
    tokio::time::sleep(SOON).await;
    let next = scene.host().await;
    account(&next).transfer(order()).await.unwrap();
    drop(host);
}
