//! How much of the journal each account takes, where the operator gave one a share: at its end new orders of the account are
//! refused. What was begun is recorded to its end all the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Journal;
use super::framed::decode;
use super::record::{Intent, Standing};
use super::store::{Change, StoreError};
use crate::error::JournalError;

/// How many writes are read at a time.
const CHUNK: usize = 256;
/// From this part of its share on an account is warned of.
const WARNED_FROM: (u64, u64) = (4, 5);

/// What the accounts take.
#[derive(Default)]
pub(super) struct Shares {
    used: Mutex<Used>,
    /// One count at a time; the others wait for what it finds.
    counting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Used {
    /// By account, in bytes; none until somebody asks, and once writes were forgotten.
    counted: Option<BTreeMap<String, u64>>,
    /// What was recorded since the host opened the journal, by account.
    added: BTreeMap<String, u64>,
    /// The accounts that were warned of, and take as much still.
    warned: BTreeMap<String, u64>,
}

impl Shares {
    /// A change of a write of this account is on its way to the store.
    pub(super) fn add(&self, account: &str, change: &Change) {
        let intent = change.intent.as_ref().map_or(0, |(_, intent)| intent.len() + change.standing.len());
        let bytes = intent + change.events.iter().map(Vec::len).sum::<usize>();
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let mut used = self.used();
        let Used { counted, added, .. } = &mut *used;
        for used in counted.iter_mut().chain([added]) {
            let of_account = used.entry(account.to_owned()).or_default();
            *of_account = of_account.saturating_add(bytes);
        }
    }

    /// Writes were forgotten: what is left is counted when somebody asks.
    pub(super) fn forgotten(&self) {
        let mut used = self.used();
        (used.counted, used.warned) = (None, BTreeMap::new());
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// Whether there is room for a new order of an account in its share of so many bytes.
    ///
    /// The first who asks counts what there is: some seconds for each million writes.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) async fn has_room(&self, account: &str, share: u64) -> Result<Result<(), JournalError>, StoreError> {
        let used = self.bytes_of(account).await?;
        if used >= share {
            return Ok(Err(JournalError::ShareUsed { account: account.to_owned(), share_mib: share / (1024 * 1024) }));
        }
        let (part, whole) = WARNED_FROM;
        if used / part >= share / whole && self.shares.used().warned.insert(account.to_owned(), used).is_none() {
            tracing::warn!(
                account,
                used_kib = used / 1024,
                share_kib = share / 1024,
                "the account's share of the journal is used to four fifths: at its end new orders are refused; raise \
                 limits.journal-mib, or keep ended writes for fewer days with journal.keep-days"
            );
        }
        Ok(Ok(()))
    }

    async fn bytes_of(&self, account: &str) -> Result<u64, StoreError> {
        let counted = || self.shares.used().counted.as_ref().map(|counted| counted.get(account).copied());
        if let Some(used) = counted() {
            return Ok(used.unwrap_or_default());
        }
        let _counting = self.shares.counting.lock().await;
        if let Some(used) = counted() {
            return Ok(used.unwrap_or_default());
        }
        let before = self.shares.used().added.clone();
        let mut found = self.count().await?;
        let mut used = self.shares.used();
        // What was recorded while this counted may be counted twice, and is by the next count.
        for (account, added) in &used.added {
            let meanwhile = added.saturating_sub(before.get(account).copied().unwrap_or_default());
            *found.entry(account.clone()).or_default() += meanwhile;
        }
        let of_account = found.get(account).copied().unwrap_or_default();
        used.counted = Some(found);
        Ok(of_account)
    }

    /// The bytes of each account's writes, as they are recorded.
    async fn count(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let (mut found, mut before) = (BTreeMap::<String, u64>::new(), None);
        loop {
            let chunk = self.store().before(before, CHUNK).await?;
            let Some((last, _)) = chunk.last() else { return Ok(found) };
            before = Some(*last);
            for (_, stored) in &chunk {
                let intent: Intent = decode(&stored.intent)?;
                let standing: Standing = decode(&stored.standing)?;
                let own = u64::try_from(stored.intent.len() + stored.standing.len()).unwrap_or(u64::MAX);
                let of_account = found.entry(intent.account).or_default();
                *of_account = of_account.saturating_add(own).saturating_add(standing.story.bytes);
            }
        }
    }
}
