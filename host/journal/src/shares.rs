//! Shares of the journal, where the operator limited an account's: once it is used up, new orders of the account are refused.
//! Writes already begun are still recorded to their end.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::LOG_TARGET;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::Journal;
use super::framed::decode;
use super::record::{Intent, WriteStatus};
use super::store::{Change, StoreError};
use crate::error::JournalError;

/// Number of writes read at a time.
const CHUNK: usize = 256;
/// Part of its share from which an account is warned.
const WARN_AT: (u64, u64) = (4, 5);

/// Timeout for an order to wait for the first count.
const COUNT_TIMEOUT: Duration = Duration::from_secs(1);

/// Usage of the journal by account.
#[derive(Default)]
pub(super) struct Shares {
    used: Mutex<Used>,
    /// The counting task.
    task: Mutex<Option<AbortHandle>>,
    /// Notified when it ends.
    ended: Notify,
}

#[derive(Default)]
struct Used {
    /// Bytes by account; none before the first count, and after writes were forgotten.
    counted: Option<BTreeMap<String, u64>>,
    /// Bytes recorded since the host opened the journal, by account.
    added: BTreeMap<String, u64>,
    /// Accounts that were warned and still use as much.
    warned: BTreeSet<String>,
}

impl Shares {
    /// Adds a change of a write of this account that is on its way to the store.
    pub(super) fn add(&self, account: &str, change: &Change) {
        let intent = change.intent.as_ref().map_or(0, |(_, intent)| intent.len() + change.status.len());
        let bytes = intent + change.events.iter().map(Vec::len).sum::<usize>();
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let mut used = self.used();
        let Used { counted, added, .. } = &mut *used;
        for used in counted.iter_mut().chain([added]) {
            let of_account = used.entry(account.to_owned()).or_default();
            *of_account = of_account.saturating_add(bytes);
        }
    }

    /// Notes that writes were forgotten: the next order begins a new count.
    pub(super) fn forgotten(&self) {
        let mut used = self.used();
        (used.counted, used.warned) = (None, BTreeSet::new());
    }

    /// Aborts a running count.
    pub(super) fn close(&self) {
        self.task().iter().for_each(AbortHandle::abort);
    }

    /// Bytes of an account; none before they are counted.
    fn of(&self, account: &str) -> Option<u64> {
        self.used().counted.as_ref().map(|counted| counted.get(account).copied().unwrap_or_default())
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock()
    }

    fn task(&self) -> MutexGuard<'_, Option<AbortHandle>> {
        self.task.lock()
    }
}

impl Journal {
    /// Whether an account's share of this many bytes has room for a new order.
    ///
    /// The first order begins a count, which takes some seconds for each million writes, and waits at most a second for it: until
    /// the count has ended, there is room.
    pub(super) async fn has_room(self: &Arc<Self>, account: &str, share: u64) -> Result<(), JournalError> {
        let Some(used) = self.bytes_of(account).await else { return Ok(()) };
        if used >= share {
            return Err(JournalError::ShareUsed { account: account.to_owned(), share_mib: share / (1024 * 1024) });
        }
        let (part, whole) = WARN_AT;
        if used / part >= share / whole && self.shares.used().warned.insert(account.to_owned()) {
            tracing::warn!(
                target: LOG_TARGET,
                account,
                used_kib = used / 1024,
                share_kib = share / 1024,
                "the account's share of the journal is used to four fifths: at its end new orders are refused; raise \
                 limits.journal-mib, or keep ended writes for fewer days with journal.keep-days"
            );
        }
        Ok(())
    }

    async fn bytes_of(self: &Arc<Self>, account: &str) -> Option<u64> {
        // Registered before the task can end.
        let mut ended = pin!(self.shares.ended.notified());
        ended.as_mut().enable();
        if let Some(used) = self.shares.of(account) {
            return Some(used);
        }
        self.begin_count();
        drop(tokio::time::timeout(COUNT_TIMEOUT, ended).await);
        self.shares.of(account)
    }

    /// Counts in a task of its own, which no deadline ends; one count at a time.
    fn begin_count(self: &Arc<Self>) {
        let mut task = self.shares.task();
        if task.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let journal = self.clone();
        let counting = tokio::spawn(async move {
            let before = journal.shares.used().added.clone();
            match journal.count().await {
                Ok(found) => journal.shares.used().counted_since(&before, found),
                Err(error) => {
                    tracing::warn!(target: LOG_TARGET, %error, "the accounts' shares of the journal cannot be counted")
                }
            }
            journal.shares.ended.notify_waiters();
        });
        *task = Some(counting.abort_handle());
    }

    /// Bytes of each account's writes, as recorded.
    async fn count(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let (mut found, mut before) = (BTreeMap::<String, u64>::new(), None);
        loop {
            let chunk = self.store().before(before, CHUNK).await?;
            let Some((last, _)) = chunk.last() else { return Ok(found) };
            before = Some(*last);
            for (_, stored) in &chunk {
                let intent: Intent = decode(&stored.intent)?;
                let status: WriteStatus = decode(&stored.status)?;
                let own = u64::try_from(stored.intent.len() + stored.status.len()).unwrap_or(u64::MAX);
                let of_account = found.entry(intent.account).or_default();
                *of_account = of_account.saturating_add(own).saturating_add(status.story.bytes);
            }
        }
    }
}

impl Used {
    /// Takes over a count. Changes recorded meanwhile may be counted twice, until the next count.
    fn counted_since(&mut self, before: &BTreeMap<String, u64>, mut found: BTreeMap<String, u64>) {
        for (account, added) in &self.added {
            let meanwhile = added.saturating_sub(before.get(account).copied().unwrap_or_default());
            *found.entry(account.clone()).or_default() += meanwhile;
        }
        self.counted = Some(found);
    }
}
