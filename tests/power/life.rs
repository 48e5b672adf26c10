//! One host between two power cuts: it opens the journal, recovers what its predecessor left, and takes orders until the power
//! fails.

use std::time::{Duration, Instant};

use stockbridge::journal::DiskSource;
use stockbridge::{Config, Host, Limits, Receipt};
use stockbridge_tests::{DiskFault, Operation, TestDisk};
use tokio::task::JoinSet;

use crate::book::CallerOutcome;
use crate::judge::{self, Verdict};
use crate::scenario::Scenario;

/// Concurrent callers.
const CALLERS: usize = 6;
/// Orders of each caller.
const ORDERS: usize = 8;
/// Most disk operations before a power cut: some commits.
const OPERATIONS: u64 = 400;
/// Most disk operations before a cut that is to hit the opening of the journal.
const OPENING: u64 = 40;
/// Time limit for the host's recovery.
const PATIENCE: Duration = Duration::from_secs(30);

impl Scenario {
    /// Runs a host until a power cut.
    pub(crate) async fn until_a_cut(&mut self, source: impl DiskSource) -> Verdict {
        let early = self.chance.u8(0..4) == 0;
        if early {
            self.disk.cut_after(self.chance.u64(0..OPENING));
        }
        let opened = with_power(&self.disk, self.host(source)).await;
        let Some(host) = opened else {
            self.figures.opening += 1;
            return Ok(());
        };
        let host = host?;
        let whole = judge::check_complete(&host, &self.book, &self.provider);
        with_power(&self.disk, whole).await.unwrap_or(Ok(()))?;
        if !early {
            self.disk.cut_after(self.chance.u64(0..OPERATIONS));
        }
        let fails = self.chance.u8(0..5) == 0;
        if fails {
            self.figures.failing += 1;
            self.disk_fails();
        }
        self.take_orders(&host, !fails).await
    }

    /// Runs a host without time pressure: it finishes its recovery, and its journal is complete.
    pub(crate) async fn run_out(&mut self, source: impl DiskSource) -> Verdict {
        let host = self.host(source).await?;
        let begun = Instant::now();
        let manual = loop {
            match judge::check_settled(&host).await {
                Ok(manual) => break manual,
                Err(problem) if begun.elapsed() > PATIENCE => return Err(problem),
                Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        };
        self.figures.manual += manual.len() as u64;
        judge::check_complete(&host, &self.book, &self.provider).await?;
        self.check_repeats(&host).await?;
        host.shutdown(Duration::from_secs(5)).await.map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Repeating an order with a receipt returns the receipt, and sends nothing.
    async fn check_repeats(&self, host: &Host) -> Verdict {
        let before = self.provider.ledger();
        for page in self.book.all() {
            let CallerOutcome::Receipt { receipt, durable: true } = page.outcome else { continue };
            let again = host.account("traced").unwrap().transfer(page.order).await;
            if again.as_ref().ok().map(of_the_provider) != Some(of_the_provider(&receipt)) {
                return Err(format!("reported {receipt:?}, and later {again:?}"));
            }
        }
        if self.provider.ledger() == before { Ok(()) } else { Err("an order with a receipt was sent again".to_owned()) }
    }

    async fn host(&self, source: impl DiskSource) -> Result<Host, String> {
        let account = self.provider.account(self.repetition).limits(Limits::default().attempts(1));
        let builder = Host::builder().transport(self.provider.in_process()).journal_on(source);
        let builder = builder.recovery_waits(Duration::from_millis(2), Duration::from_millis(20));
        let built = builder.build(Config::new().account(account).cache(self.cache.clone())).await;
        built.map_err(|error| format!("the journal does not open: {error}"))
    }

    /// For some operations the disk is full, or broken.
    fn disk_fails(&mut self) {
        let kinds = [Operation::Read, Operation::Write, Operation::SetLen, Operation::Sync];
        let kind = kinds[self.chance.usize(0..kinds.len())];
        let fault = match kind {
            Operation::Write if self.chance.bool() => DiskFault::Full,
            Operation::SetLen => DiskFault::Full,
            _ => DiskFault::Broken,
        };
        let (mut passed, first) = (0, self.chance.u32(0..40));
        let last = first + self.chance.u32(0..10);
        self.disk.goes_wrong(move |operation| {
            passed += u32::from(operation == kind);
            (operation == kind && (first..=last).contains(&passed)).then_some(fault)
        });
    }

    /// Places orders until the power fails, or all are done.
    async fn take_orders(&mut self, host: &Host, sound: bool) -> Verdict {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (account, book) = (host.account("traced").unwrap(), self.book.clone());
            let (disk, mut chance) = (self.disk.clone(), self.chance.fork());
            callers.spawn(async move {
                for _ in 0..ORDERS {
                    let page = book.order(&mut chance);
                    let result = account.transfer(page.order.clone()).await;
                    // Results after the power cut reach nobody.
                    if !disk.has_power() {
                        return Ok(());
                    }
                    book.record(&page.order, &result, sound);
                    if let (CallerOutcome::Receipt { receipt, durable: true }, true) = (page.outcome, sound)
                        && result.as_ref().ok().map(of_the_provider) != Some(of_the_provider(&receipt))
                    {
                        return Err(format!("reported {receipt:?}, and later {result:?}"));
                    }
                }
                Ok(())
            });
        }
        while let Some(Some(ended)) = with_power(&self.disk, callers.join_next()).await {
            ended.map_err(|error| error.to_string())??;
        }
        Ok(())
    }
}

/// The receipt without the mark that it comes from the journal.
fn of_the_provider(receipt: &Receipt) -> Receipt {
    let mut receipt = receipt.clone();
    receipt.from_journal = None;
    receipt
}

/// Result of the work, unless the power fails first: results without power prove nothing, and some work never ends.
async fn with_power<T>(disk: &TestDisk, work: impl Future<Output = T>) -> Option<T> {
    let cut = async {
        while disk.has_power() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        result = work => disk.has_power().then_some(result),
        () = cut => None,
    }
}
