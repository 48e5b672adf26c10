//! A host with a journal in a file, and the traced provider behind it.

use std::path::Path;
use std::time::{Duration, Instant};

use stockbridge::journal::{WriteFilter, WriteRecord, WriteState};
use stockbridge::{Account, Config, Error, Host, Limits, Receipt, TransferLine, TransferOrder};
use stockbridge_tests::{Repeats, TestDisk, Traced};
use tempfile::TempDir;

/// Time limit for every awaited condition.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Scene {
    pub(crate) provider: Traced,
    pub(crate) directory: TempDir,
    repetition: &'static str,
    settles: Duration,
}

impl Scene {
    /// A provider with this repetition promise, which it keeps.
    pub(crate) fn new(repetition: &'static str) -> Scene {
        let repeats = if repetition == "deduplicated" { Repeats::Deduplicated } else { Repeats::CarriedOut };
        let directory = tempfile::tempdir().unwrap();
        Scene { provider: Traced::start(repeats), directory, repetition, settles: Duration::ZERO }
    }

    /// The same, with look-ups that may miss a write for this long after it was sent.
    pub(crate) fn settling(repetition: &'static str, settles: Duration) -> Scene {
        Scene { settles, ..Scene::new(repetition) }
    }

    pub(crate) fn config(&self) -> Config {
        // Retries within a call are tested elsewhere.
        let account = self.provider.account(self.repetition).limits(Limits::default().attempts(1));
        self.config_without_account().account(account.setting("settles-ms", self.settles.as_millis().to_string()))
    }

    pub(crate) fn config_without_account(&self) -> Config {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("journal-cache");
        Config::new().journal(self.directory.path().join("journal")).cache(cache)
    }

    /// A host that starts recovering after some milliseconds.
    pub(crate) async fn host(&self) -> Host {
        let waits = Host::builder().recovery_waits(Duration::from_millis(20), Duration::from_millis(200));
        waits.build(self.config()).await.unwrap()
    }

    /// The same, on a disk.
    pub(crate) async fn host_on(&self, disk: &TestDisk) -> Result<Host, Error> {
        let waits = Host::builder().recovery_waits(Duration::from_millis(20), Duration::from_millis(200));
        waits.journal_on(disk.plugged_in()).build(self.config()).await
    }

    /// A host without recovery.
    pub(crate) async fn idle_host(&self) -> Host {
        Host::builder().without_recovery().build(self.config()).await.unwrap()
    }
}

pub(crate) fn account(host: &Host) -> Account {
    host.account("traced").unwrap()
}

/// A receipt as the provider gave it, without the required mark that it comes from the journal.
pub(crate) fn recorded(mut receipt: Receipt) -> Receipt {
    assert!(receipt.from_journal.take().is_some(), "{receipt:?}");
    receipt
}

pub(crate) fn order() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("daj1", 10)], ..TransferOrder::between("here", "there") }
}

/// Waits until the journal's only write is in this state, and returns it.
pub(crate) async fn until(host: &Host, what: &str, holds: impl Fn(&WriteRecord) -> bool) -> WriteRecord {
    let started = Instant::now();
    loop {
        let record = the_write(host).await;
        if holds(&record) {
            return record;
        }
        assert!(started.elapsed() < PATIENCE, "the write was never {what}: {record:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The journal's only write.
pub(crate) async fn the_write(host: &Host) -> WriteRecord {
    let mut all = host.journal().list(&WriteFilter::default()).await.unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

pub(crate) fn applied(record: &WriteRecord) -> bool {
    matches!(record.state, WriteState::Applied { .. })
}

pub(crate) fn not_applied(record: &WriteRecord) -> bool {
    matches!(record.state, WriteState::NotApplied { .. })
}
