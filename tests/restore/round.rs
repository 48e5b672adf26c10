//! One journal: it is copied while a host works on it, more is sent, and the copy is put back.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stockbridge::journal::{ClosedGap, Gap, GapCause};
use stockbridge::model::Timestamp;
use stockbridge::{CallOptions, Config, Host, Limits, Outcome, Receipt, TransferLine, TransferOrder, WriteFailure};
use stockbridge_tests::{How, Incoming, Traced};
use tempfile::TempDir;

use crate::Figures;

pub(crate) struct Round<'r> {
    seed: u64,
    provider: &'r Traced,
    cache: &'r Path,
    /// Whether the gap is closed only after all orders were repeated.
    compares: bool,
    chance: fastrand::Rng,
    directory: TempDir,
    orders: Vec<TransferOrder>,
    figures: Figures,
}

impl<'r> Round<'r> {
    pub(crate) fn new(seed: u64, provider: &'r Traced, cache: &'r Path, compares: bool) -> Round<'r> {
        let (chance, directory) = (fastrand::Rng::with_seed(seed), tempfile::tempdir().unwrap());
        provider.writes_go(how);
        Round { seed, provider, cache, compares, chance, directory, orders: Vec::new(), figures: Figures::default() }
    }

    pub(crate) async fn run(mut self) -> Result<Figures, String> {
        let backup = self.directory.path().join("backup");
        let host = self.host().await;
        self.sends(&host).await;
        host.journal().back_up(&backup).await.map_err(|error| error.to_string())?;
        self.sends(&host).await;
        self.end(host).await;
        fs::copy(&backup, self.file()).unwrap();
        if self.chance.bool() {
            // Put back without the remains of the present one.
            drop(fs::remove_file(self.file().with_added_extension("witness")));
        }
        let host = self.host().await;
        let gaps = host.journal().gaps();
        let [Gap { why: GapCause::Backup, .. }] = gaps.as_slice() else { return Err(format!("{gaps:?}")) };
        if !self.compares {
            self.closed(&host).await?;
        }
        self.repeat_orders(&host).await?;
        if self.compares {
            self.new_ones(&host).await?;
            self.closed(&host).await?;
            self.after(&host).await?;
        }
        self.end(host).await;
        let doubled = self.orders.iter().filter(|order| self.provider.applied(order.reference.as_str()) > 1).count();
        self.figures.doubled += doubled as u64;
        Ok(self.figures)
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("journal")
    }

    async fn host(&self) -> Host {
        let account = self.provider.account("blind").limits(Limits::default().attempts(1));
        let config = Config::new().account(account).cache(self.cache).journal(self.file());
        // Only callers send writes here.
        let builder = Host::builder().transport(self.provider.in_process()).without_recovery();
        builder.build(config).await.unwrap()
    }

    async fn end(&self, host: Host) {
        host.shutdown(Duration::from_secs(10)).await.unwrap();
    }

    /// Orders with the host's references and with the caller's own, and repetitions of rejected ones.
    async fn sends(&mut self, host: &Host) {
        for _ in 0..self.chance.usize(2..10) {
            let order = if self.chance.bool() { order() } else { self.own() };
            self.orders.push(order.clone());
            drop(transfer(host, order, None).await);
        }
        let again: Vec<_> =
            self.orders.iter().filter(|order| self.provider.applied(order.reference.as_str()) == 0).cloned().collect();
        for order in again.into_iter().take(3) {
            drop(transfer(host, order, None).await);
        }
    }

    fn own(&mut self) -> TransferOrder {
        let reference = format!("own-{}-{}", self.seed, self.orders.len());
        TransferOrder { reference: reference.parse().unwrap(), ..order() }
    }

    /// Applied orders are neither reported as unsent nor applied again.
    async fn repeat_orders(&mut self, host: &Host) -> Result<(), String> {
        for order in self.orders.clone() {
            let applied = self.provider.applied(order.reference.as_str());
            let result = transfer(host, order.clone(), None).await;
            self.figures.again += 1;
            self.figures.unknown += u64::from(is_unknown(&result));
            if applied > 0 && self.compares && result.is_err_and(|failure| failure.outcome() == Outcome::NotApplied) {
                return Err(format!("{} was applied, and is reported as not applied", order.reference));
            }
        }
        Ok(())
    }

    /// Orders that are proven to be younger are sent; others wait.
    async fn new_ones(&mut self, host: &Host) -> Result<(), String> {
        for (order, made, goes) in [
            (order(), None, true),
            (self.own(), None, false),
            (self.own_after(1), Some(Timestamp::now()), true),
            (self.own_after(2), Some(Timestamp::now().earlier(Duration::from_secs(3600))), false),
        ] {
            let result = transfer(host, order.clone(), made).await;
            let sent = self.provider.kept(order.reference.as_str()).writes > 0;
            if sent != goes || is_unknown(&result) == goes {
                return Err(format!("{} made at {made:?}: sent {sent}, reported {result:?}", order.reference));
            }
            self.figures.went_out += u64::from(goes);
            self.figures.held_back += u64::from(!goes);
            self.orders.push(order);
        }
        Ok(())
    }

    fn own_after(&self, number: usize) -> TransferOrder {
        let reference = format!("own-{}-{}", self.seed, 1000 + number * 5 + 2);
        TransferOrder { reference: reference.parse().unwrap(), ..order() }
    }

    async fn closed(&self, host: &Host) -> Result<(), String> {
        let closing =
            ClosedGap { account: None, by: "ana".to_owned(), note: "compared with the provider's list".to_owned() };
        host.journal().close_gap(closing).await.map(drop).map_err(|error| error.to_string())
    }

    async fn after(&mut self, host: &Host) -> Result<(), String> {
        let order = self.own_after(7);
        transfer(host, order.clone(), None).await.map_err(|failure| format!("after the gap: {failure}"))?;
        self.orders.push(order);
        self.figures.after += 1;
        Ok(())
    }
}

async fn transfer(host: &Host, order: TransferOrder, made: Option<Timestamp>) -> Result<Receipt, WriteFailure> {
    let account = host.account("traced").unwrap();
    let options = made.map_or_else(CallOptions::new, |made| CallOptions::new().ordered_at(made));
    account.with(options).transfer(order).await
}

fn is_unknown(result: &Result<Receipt, WriteFailure>) -> bool {
    result.as_ref().is_err_and(|failure| failure.outcome() == Outcome::Unknown)
}

fn order() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("daj1", 10)], ..TransferOrder::between("here", "there") }
}

/// Some of the caller's own orders lose their answer, some are rejected at first.
fn how(write: &Incoming) -> How {
    let number: Option<usize> =
        write.reference.strip_prefix("own-").and_then(|rest| rest.rsplit('-').next()?.parse().ok());
    match number.map(|number| number % 5) {
        Some(0) => How::DroppedAfter,
        Some(1) if write.earlier == 0 => How::Rejected,
        _ => How::Well,
    }
}
