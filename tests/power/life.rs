//! One host between two power cuts: it opens the journal, finds out what the one before left, and takes orders until the
//! power goes.

use std::time::{Duration, Instant};

use stockbridge::journal::DiskSource;
use stockbridge::{Config, Host, Limits, Receipt};
use stockbridge_tests::{DiskFault, Operation, TestDisk};
use tokio::task::JoinSet;

use crate::book::Told;
use crate::judge::{self, Verdict};
use crate::scenario::Scenario;

/// Callers that order at the same time.
const CALLERS: usize = 6;
/// Orders of each.
const ORDERS: usize = 8;
/// The most operations of the disk before the power goes: some commits.
const OPERATIONS: u64 = 400;
/// The same, where the journal is to be caught as it opens.
const OPENING: u64 = 40;
/// How long the host may take to find out all that it can.
const PATIENCE: Duration = Duration::from_secs(30);

impl Scenario {
    /// A host until the power goes.
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
        let whole = judge::is_whole(&host, &self.book, &self.provider);
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

    /// A host that has all the time it needs: it finds out what it can, and all is as it should be.
    pub(crate) async fn run_out(&mut self, source: impl DiskSource) -> Verdict {
        let host = self.host(source).await?;
        let begun = Instant::now();
        let people = loop {
            match judge::is_settled(&host).await {
                Ok(people) => break people,
                Err(problem) if begun.elapsed() > PATIENCE => return Err(problem),
                Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        };
        self.figures.people += people.len() as u64;
        judge::is_whole(&host, &self.book, &self.provider).await?;
        self.told_again(&host).await?;
        host.shutdown(Duration::from_secs(5)).await.map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Who orders again what they have a receipt of gets it again, and nothing is sent.
    async fn told_again(&self, host: &Host) -> Verdict {
        let before = self.provider.ledger();
        for page in self.book.all() {
            let Told::Receipt { receipt, durable: true } = page.told else { continue };
            let again = host.account("traced").unwrap().transfer(page.order).await;
            if again.as_ref().ok().map(of_the_provider) != Some(of_the_provider(&receipt)) {
                return Err(format!("told {receipt:?}, and then {again:?}"));
            }
        }
        if self.provider.ledger() == before {
            Ok(())
        } else {
            Err("a receipt was asked for, and it was sent".to_owned())
        }
    }

    async fn host(&self, source: impl DiskSource) -> Result<Host, String> {
        let account = self.provider.account(self.repetition).limits(Limits::default().attempts(1));
        let builder = Host::builder().transport(self.provider.in_process()).journal_on(source);
        let builder = builder.recovery_waits(Duration::from_millis(2), Duration::from_millis(20));
        let built = builder.build(Config::new().account(account).cache(self.cache.clone())).await;
        built.map_err(|error| format!("the journal does not open: {error}"))
    }

    /// For some operations it is full, or broken.
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

    /// Until the power goes, or all have what they wanted.
    async fn take_orders(&mut self, host: &Host, sound: bool) -> Verdict {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (account, book) = (host.account("traced").unwrap(), self.book.clone());
            let (disk, mut chance) = (self.disk.clone(), self.chance.fork());
            callers.spawn(async move {
                for _ in 0..ORDERS {
                    let page = book.order(&mut chance);
                    let came = account.transfer(page.order.clone()).await;
                    // What is said without power is said to nobody.
                    if !disk.has_power() {
                        return Ok(());
                    }
                    book.told(&page.order, &came, sound);
                    if let (Told::Receipt { receipt, durable: true }, true) = (page.told, sound)
                        && came.as_ref().ok().map(of_the_provider) != Some(of_the_provider(&receipt))
                    {
                        return Err(format!("told {receipt:?}, and then {came:?}"));
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

/// A receipt without the host's word on whether it is out of the journal.
fn of_the_provider(receipt: &Receipt) -> Receipt {
    let mut receipt = receipt.clone();
    receipt.from_journal = None;
    receipt
}

/// What comes of it, unless the power goes before: what is seen without it proves nothing, and some never ends.
async fn with_power<T>(disk: &TestDisk, work: impl Future<Output = T>) -> Option<T> {
    let cut = async {
        while disk.has_power() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        came = work => disk.has_power().then_some(came),
        () = cut => None,
    }
}
