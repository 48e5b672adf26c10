//! A journal that ends with the process: for tests, and for applications that configured no other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::{Timestamp, WriteId};

use super::{Change, Copied, End, Store, StoreError, StoreFuture, Stored, Verified};
use crate::age::Age;
use crate::application::Row;
use crate::gap::Gap;

/// Maximum number of ended writes that are kept. Those needed until the earliest age are forgotten first.
const MAX_ENDED: usize = 10_000;

/// Store in memory. Clones are the same store.
#[derive(Clone, Default)]
pub(crate) struct MemoryStore(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    names: HashMap<Vec<u8>, WriteId>,
    writes: BTreeMap<WriteId, Record>,
    ended: BTreeSet<(Age, WriteId)>,
}

struct Record {
    name: Vec<u8>,
    stored: Stored,
    story: Vec<Vec<u8>>,
    end: End,
}

impl MemoryStore {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock()
    }

    fn now<T: Send + 'static>(&self, work: impl FnOnce(&mut Records) -> T) -> StoreFuture<T> {
        let done = Ok(work(&mut self.records()));
        Box::pin(std::future::ready(done))
    }
}

impl Records {
    fn commit(&mut self, change: Change) {
        if let Some((name, intent)) = change.intent {
            self.names.insert(name.clone(), change.id);
            // A write that is sent again after it had ended keeps its events.
            self.writes.entry(change.id).or_insert_with(|| {
                let stored = Stored { intent, status: Vec::new() };
                Record { name, stored, story: Vec::new(), end: End::Open(None) }
            });
        }
        let Some(record) = self.writes.get_mut(&change.id) else { return };
        if let Some(needed_until) = change.reopens {
            self.ended.remove(&(needed_until, change.id));
        }
        record.stored.status = change.status;
        record.story.extend(change.events);
        record.end = change.end;
        if let End::Ended { needed_until } = change.end {
            self.ended.insert((needed_until, change.id));
            while self.ended.len() > MAX_ENDED {
                self.forget_first();
            }
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, id)) = self.ended.pop_first()
            && let Some(record) = self.writes.remove(&id)
        {
            self.names.remove(&record.name);
        }
    }
}

impl Store for MemoryStore {
    fn commit(&self, change: Change) -> StoreFuture<()> {
        self.now(|records| records.commit(change))
    }

    fn find(&self, name: Vec<u8>) -> StoreFuture<Option<WriteId>> {
        self.now(|records| records.names.get(&name).copied())
    }

    fn load(&self, id: WriteId) -> StoreFuture<Option<Stored>> {
        self.now(|records| records.writes.get(&id).map(|record| record.stored.clone()))
    }

    fn history(&self, id: WriteId) -> StoreFuture<Vec<Vec<u8>>> {
        self.now(|records| records.writes.get(&id).map(|record| record.story.clone()).unwrap_or_default())
    }

    fn before(&self, id: Option<WriteId>, most: usize) -> StoreFuture<Vec<(WriteId, Stored)>> {
        self.now(|records| {
            let end = id.unwrap_or(WriteId(u64::MAX));
            let latest = records.writes.range(..end).rev().take(most);
            latest.map(|(id, record)| (*id, record.stored.clone())).collect()
        })
    }

    fn open(&self) -> StoreFuture<Vec<(WriteId, Option<Timestamp>)>> {
        self.now(|records| {
            let open = |(id, record): (&WriteId, &Record)| match record.end {
                End::Open(due) => Some((*id, due)),
                End::Ended { .. } => None,
            };
            records.writes.iter().filter_map(open).collect()
        })
    }

    fn forget(&self, since: Age) -> StoreFuture<usize> {
        self.now(|records| {
            let before = records.ended.len();
            while records.ended.first().is_some_and(|(needed_until, _)| *needed_until < since) {
                records.forget_first();
            }
            before - records.ended.len()
        })
    }

    /// None are stored: applications are known for as long as the process runs.
    fn applications(&self) -> StoreFuture<Vec<Row>> {
        self.now(|_| Vec::new())
    }

    fn put_applications(&self, _: Vec<Row>) -> StoreFuture<()> {
        self.now(|_| ())
    }

    /// Not stored: it ends with the process, and is never restored.
    fn put_gap(&self, _: Gap) -> StoreFuture<()> {
        self.now(|_| ())
    }

    fn back_up(&self, _: PathBuf, _: Timestamp) -> StoreFuture<Copied> {
        let none = StoreError::NotCommitted("the journal is in memory: there is nothing to copy".to_owned());
        Box::pin(std::future::ready(Err(none)))
    }

    fn verify(&self) -> StoreFuture<Verified> {
        let none = StoreError::NotCommitted("the journal is in memory: there is nothing to verify".to_owned());
        Box::pin(std::future::ready(Err(none)))
    }

    fn last(&self) -> StoreFuture<WriteId> {
        self.now(|records| records.writes.last_key_value().map_or(WriteId(0), |(id, _)| *id))
    }

    fn close(&self) -> StoreFuture<()> {
        self.now(|_| ())
    }
}
