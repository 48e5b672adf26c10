//! One journal: hosts that fill it, its damage, and the host that starts on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stockbridge::journal::{self, Gap, WriteFilter};
use stockbridge::{Config, Error, Host, Limits, Outcome, TransferLine, TransferOrder};
use stockbridge_tests::{How, Traced};
use tempfile::TempDir;

use crate::harm::{Bytes, Kind, LOG};

pub(crate) struct Case<'c> {
    seed: u64,
    kind: Kind,
    provider: &'c Traced,
    cache: &'c Path,
    chance: fastrand::Rng,
    directory: TempDir,
    orders: Vec<TransferOrder>,
    /// Whether the last sending of each reference was reported as not applied.
    rejected: BTreeMap<String, bool>,
}

/// Result of a damaged journal.
pub(crate) struct CaseResult {
    /// The host did not start on it.
    pub(crate) refused: bool,
    /// It was recognised as an older copy that was put back.
    pub(crate) gap: bool,
    pub(crate) orders: u64,
    /// Number of earlier orders that were unknown when repeated.
    pub(crate) unknown: u64,
    /// Number of writes that a repair recovered.
    pub(crate) repaired: Option<u64>,
}

impl<'c> Case<'c> {
    pub(crate) fn new(seed: u64, kind: Kind, provider: &'c Traced, cache: &'c Path) -> Case<'c> {
        let (chance, directory) = (fastrand::Rng::with_seed(seed), tempfile::tempdir().unwrap());
        let orders = Vec::new();
        Case { seed, kind, provider, cache, chance, directory, orders, rejected: BTreeMap::new() }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("journal")
    }

    pub(crate) async fn run(mut self) -> Result<CaseResult, String> {
        let before = self.filled().await;
        let other = self.another().await;
        let bytes = Bytes { now: fs::read(self.file()).unwrap(), before: &before, other: &other };
        let file = self.file();
        bytes.damaged(self.kind, &mut self.chance, &file);
        let damaged = fs::read(self.file()).ok();
        match self.host(&self.file()).await {
            Ok(host) => {
                let gap = !host.journal().gaps().is_empty();
                let unknown = self.check_orders(&host, gap).await?;
                self.end(host).await;
                Ok(CaseResult { refused: false, gap, orders: self.orders.len() as u64, unknown, repaired: None })
            }
            Err(error) => {
                let expected = if self.kind == Kind::Gone { "journal.missing" } else { "journal.damaged" };
                if error.code() != expected {
                    return Err(format!("refused as {}: {error}", error.code()));
                }
                if self.kind != Kind::Gone && !error.to_string().contains("journal repair") {
                    return Err(format!("the error proposes no action: {error}"));
                }
                // Opening may already have tidied up the database; the beginning of the file and its log stay unchanged.
                let front = |bytes: Option<Vec<u8>>| bytes.map(|bytes| bytes[..bytes.len().min(LOG)].to_vec());
                if front(fs::read(self.file()).ok()) != front(damaged.clone()) {
                    return Err("the refused file was changed".to_owned());
                }
                let orders = self.orders.len() as u64;
                let (repaired, unknown) = if damaged.is_some() { self.repaired().await? } else { (None, orders) };
                Ok(CaseResult { refused: true, gap: false, orders, unknown, repaired })
            }
        }
    }

    /// Runs some hosts in turn that send writes. Returns the file after the first of them; at the end it is closed, or as a kill
    /// leaves it.
    async fn filled(&mut self) -> Vec<u8> {
        let mut before = None;
        let lives = self.chance.usize(2..4);
        for life in 0..lives {
            let host = self.host(&self.file()).await.unwrap();
            for _ in 0..self.chance.usize(1..12) {
                let order = self.new_order();
                self.sent(&host, &order).await;
            }
            // Some rejected orders are sent again.
            let again: Vec<_> =
                self.orders.iter().filter(|order| self.rejected[order.reference.as_str()]).cloned().collect();
            for order in again.iter().take(3) {
                self.sent(&host, order).await;
            }
            if life + 1 == lives && self.chance.bool() {
                // The state after a kill: the page cache has all written data.
                let (file, witness) = (fs::read(self.file()).unwrap(), fs::read(self.witness()).unwrap());
                self.end(host).await;
                fs::write(self.file(), file).unwrap();
                fs::write(self.witness(), witness).unwrap();
            } else {
                self.end(host).await;
            }
            before.get_or_insert_with(|| fs::read(self.file()).unwrap());
        }
        before.unwrap()
    }

    fn witness(&self) -> PathBuf {
        self.file().with_added_extension("witness")
    }

    /// Another journal's bytes, with writes of its own.
    async fn another(&mut self) -> Vec<u8> {
        let file = self.directory.path().join("another");
        let host = self.host(&file).await.unwrap();
        for number in 0..self.chance.usize(1..8) {
            let order = order(format!("other-{}-{number}", self.seed));
            drop(host.account("traced").unwrap().transfer(order).await);
        }
        self.end(host).await;
        fs::read(file).unwrap()
    }

    async fn host(&self, journal: &Path) -> Result<Host, Error> {
        let account = self.provider.account("blind").limits(Limits::default().attempts(1));
        let config = Config::new().account(account).cache(self.cache).journal(journal.to_path_buf());
        self.provider.writes_go(how);
        // Only callers send writes here.
        Host::builder().transport(self.provider.in_process()).without_recovery().build(config).await
    }

    async fn end(&self, host: Host) {
        // Damage may be detected only now.
        drop(host.shutdown(Duration::from_secs(10)).await);
    }

    fn new_order(&mut self) -> TransferOrder {
        let order = order(format!("c-{}-{}", self.seed, self.orders.len()));
        self.orders.push(order.clone());
        order
    }

    async fn sent(&mut self, host: &Host, order: &TransferOrder) {
        let result = host.account("traced").unwrap().transfer(order.clone()).await;
        let rejected = result.is_err_and(|failure| failure.outcome() == Outcome::NotApplied);
        self.rejected.insert(order.reference.to_string(), rejected);
    }

    /// Repeats every order. Applied orders are neither applied again nor reported as not applied. Returns the number of unknown
    /// ones.
    async fn check_orders(&self, host: &Host, gap: bool) -> Result<u64, String> {
        let listed = host.journal().list(&WriteFilter::default()).await;
        if let Ok(listed) = &listed {
            let known = |order: &&TransferOrder| listed.iter().any(|record| record.reference == order.reference);
            if let Some(forgotten) = self.orders.iter().find(|order| !known(order)).filter(|_| !gap) {
                return Err(format!("the journal is said to be whole, and does not know {}", forgotten.reference));
            }
        }
        let mut unknown = 0;
        for order in &self.orders {
            let reference = order.reference.as_str();
            let applied = self.provider.applied(reference);
            let result = host.account("traced").unwrap().transfer(order.clone()).await;
            if self.provider.applied(reference) > applied.max(1) {
                return Err(format!("{reference} was carried out twice"));
            }
            match result {
                Ok(_) => {}
                Err(failure) if failure.outcome() == Outcome::Unknown => unknown += 1,
                Err(failure) if applied > 0 => {
                    return Err(format!("{reference} was applied, and is reported as {failure}"));
                }
                Err(_) => {}
            }
        }
        Ok(unknown)
    }

    /// Repairs the readable part into a new journal, on which a host starts.
    async fn repaired(&self) -> Result<(Option<u64>, u64), String> {
        let to = self.directory.path().join("repaired");
        let repaired = match journal::repair(self.file(), &to).await {
            Ok(repaired) => repaired,
            Err(error) => return Err(format!("it cannot be repaired: {error}")),
        };
        fs::rename(&to, self.file()).unwrap();
        let host = self.host(&self.file()).await.map_err(|error| format!("a repaired one does not start: {error}"))?;
        if !host.journal().gaps().iter().any(|gap: &Gap| gap.is_open_for("traced")) {
            return Err("a repaired journal has no gap".to_owned());
        }
        let unknown = self.check_orders(&host, true).await?;
        let verified = host.journal().verify().await.map_err(|error| format!("a repaired one is damaged: {error}"))?;
        if verified.writes < repaired.writes {
            return Err(format!("of {} writes it has {}", repaired.writes, verified.writes));
        }
        self.end(host).await;
        Ok((Some(repaired.writes), unknown))
    }
}

fn order(reference: String) -> TransferOrder {
    let lines = vec![TransferLine::new("daj1", 10)];
    TransferOrder { reference: reference.parse().unwrap(), lines, ..TransferOrder::between("here", "there") }
}

/// Depends on the reference and the number of sendings: most succeed, some lose their answer, some are rejected at first.
fn how(write: &stockbridge_tests::Incoming) -> How {
    let number: usize = write.reference.rsplit('-').next().unwrap().parse().unwrap();
    match number % 5 {
        0 => How::DroppedAfter,
        1 if write.earlier == 0 => How::Rejected,
        _ => How::Well,
    }
}
