//! A journal in a file: one file, one process, and what its tables are.
//!
//! It is a redb database. SQLite was weighed: operators could query it with tools that they know, but the journal's own
//! command answers while the host runs and closes writes with the host's knowledge, which no foreign tool may; and redb
//! stands on a backend that can be put in its place, so that power cuts are tested on what is shipped.
//!
//! In front of the database is a log, which makes a commit cheap: see `opened` and `log`.

use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use redb::{ReadTransaction, ReadableTable as _, Table, TableDefinition, TableError, WriteTransaction};
use tokio::sync::oneshot;

use super::committer::{self, Job};
use super::disk::Medium;
use super::opened::Opened;
use super::{Change, End, Eventually, Store, StoreError, Stored};
use crate::journal::record::{Intent, WriteId, decode};
use crate::model::Timestamp;

const NAMES: TableDefinition<'_, &[u8], u64> = TableDefinition::new("names");
const INTENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("intents");
const STANDINGS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("standings");
const STORIES: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("stories");
/// When the host acts on what has not ended.
const OPEN: TableDefinition<'_, u64, i64> = TableDefinition::new("open");
/// The number of the last record of the log that is in the other tables.
const TAKEN: TableDefinition<'_, (), u64> = TableDefinition::new("taken");
/// The highest number of a write that was forgotten.
const LAST_FORGOTTEN: TableDefinition<'_, (), u64> = TableDefinition::new("last-forgotten");
/// What has ended, by when it is not needed any more.
const ENDED: TableDefinition<'_, (i64, u64), ()> = TableDefinition::new("ended");

/// Stands for "never" where a time is wanted.
const NEVER: i64 = i64::MAX;
/// The most writes that are forgotten in one transaction.
const MOST_FORGOTTEN: usize = 1000;

/// Clones are the same store.
pub(crate) struct FileStore {
    opened: Arc<Opened>,
    jobs: Mutex<Option<Sender<Job>>>,
}

impl FileStore {
    /// Opens the store, or makes it.
    ///
    /// # Errors
    /// It is in use, damaged, or cannot be written.
    pub(crate) fn open(medium: Medium) -> Result<FileStore, StoreError> {
        let opened = Arc::new(Opened::new(medium)?);
        let (jobs, asked) = mpsc::channel();
        let its = opened.clone();
        std::thread::Builder::new()
            .name("stockbridge-journal".to_owned())
            .spawn(move || committer::run(&its, &asked))
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        Ok(FileStore { opened, jobs: Mutex::new(Some(jobs)) })
    }

    fn ask<T: Send + 'static>(&self, job: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Job) -> Eventually<T> {
        let (reply, done) = oneshot::channel();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = jobs.as_ref().is_some_and(|jobs| jobs.send(job(reply)).is_ok());
        Box::pin(async move {
            if !asked {
                return Err(StoreError::Closed);
            }
            done.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error> + Send + 'static,
    ) -> Eventually<T> {
        self.look(move |opened| opened.read(work))
    }

    /// Looks into it on a thread that may wait for the disk.
    fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Opened) -> Result<T, StoreError> + Send + 'static,
    ) -> Eventually<T> {
        let opened = self.opened.clone();
        Box::pin(async move {
            let task = tokio::task::spawn_blocking(move || work(&opened));
            task.await.map_err(|error| StoreError::Unreadable(error.to_string()))?
        })
    }
}

impl Store for FileStore {
    fn commit(&self, change: Change) -> Eventually<()> {
        self.ask(|reply| Job::Commit(change, reply))
    }

    fn find(&self, name: Vec<u8>) -> Eventually<Option<WriteId>> {
        self.look(move |opened| opened.find(&name))
    }

    fn load(&self, id: WriteId) -> Eventually<Option<Stored>> {
        self.read(move |read| {
            let intent = read.open_table(INTENTS)?.get(id.0)?.map(|bytes| bytes.value().to_vec());
            let standing = read.open_table(STANDINGS)?.get(id.0)?.map(|bytes| bytes.value().to_vec());
            Ok(intent.zip(standing).map(|(intent, standing)| Stored { intent, standing }))
        })
    }

    fn story(&self, id: WriteId) -> Eventually<Vec<Vec<u8>>> {
        self.read(move |read| {
            let stories = read.open_table(STORIES)?;
            let events = stories.range((id.0, 0)..=(id.0, u32::MAX))?;
            events.map(|event| Ok(event?.1.value().to_vec())).collect()
        })
    }

    fn before(&self, id: Option<WriteId>, most: usize) -> Eventually<Vec<(WriteId, Stored)>> {
        self.read(move |read| {
            let (intents, standings) = (read.open_table(INTENTS)?, read.open_table(STANDINGS)?);
            let end = id.map_or(u64::MAX, |id| id.0);
            let mut latest = Vec::new();
            for write in intents.range(..end)?.rev().take(most) {
                let (id, intent) = write?;
                if let Some(standing) = standings.get(id.value())? {
                    let stored = Stored { intent: intent.value().to_vec(), standing: standing.value().to_vec() };
                    latest.push((WriteId(id.value()), stored));
                }
            }
            Ok(latest)
        })
    }

    fn open(&self) -> Eventually<Vec<(WriteId, Option<Timestamp>)>> {
        self.read(|read| {
            let open = read.open_table(OPEN)?;
            let due = |at: i64| (at != NEVER).then(|| Timestamp::from_millis(at));
            open.iter()?
                .map(|write| write.map(|(id, at)| (WriteId(id.value()), due(at.value()))).map_err(Into::into))
                .collect()
        })
    }

    fn forget(&self, since: Timestamp) -> Eventually<usize> {
        self.ask(|reply| Job::Forget(since, reply))
    }

    fn last(&self) -> Eventually<WriteId> {
        self.read(|read| {
            let kept = read.open_table(INTENTS)?.last()?.map_or(0, |(id, _)| id.value());
            let forgotten = read.open_table(LAST_FORGOTTEN)?.get(())?.map_or(0, |id| id.value());
            Ok(WriteId(kept.max(forgotten)))
        })
    }

    fn close(&self) -> Eventually<()> {
        let closing = self.ask(Job::Close);
        *self.jobs.lock().unwrap_or_else(PoisonError::into_inner) = None;
        closing
    }
}

/// All tables, in one transaction.
pub(super) struct Tables<'t> {
    names: Table<'t, &'static [u8], u64>,
    intents: Table<'t, u64, &'static [u8]>,
    standings: Table<'t, u64, &'static [u8]>,
    stories: Table<'t, (u64, u32), &'static [u8]>,
    open: Table<'t, u64, i64>,
    ended: Table<'t, (i64, u64), ()>,
    taken: Table<'t, (), u64>,
    last_forgotten: Table<'t, (), u64>,
}

impl<'t> Tables<'t> {
    pub(super) fn of(transaction: &'t WriteTransaction) -> Result<Tables<'t>, TableError> {
        Ok(Tables {
            names: transaction.open_table(NAMES)?,
            intents: transaction.open_table(INTENTS)?,
            standings: transaction.open_table(STANDINGS)?,
            stories: transaction.open_table(STORIES)?,
            open: transaction.open_table(OPEN)?,
            ended: transaction.open_table(ENDED)?,
            taken: transaction.open_table(TAKEN)?,
            last_forgotten: transaction.open_table(LAST_FORGOTTEN)?,
        })
    }

    /// The number of the last record of the log that is in them.
    pub(super) fn taken(read: &ReadTransaction) -> Result<u64, redb::Error> {
        match read.open_table(TAKEN) {
            Ok(taken) => Ok(taken.get(())?.map_or(0, |number| number.value())),
            Err(TableError::TableDoesNotExist(_)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// The number of the write of this name.
    pub(super) fn find(read: &ReadTransaction, name: &[u8]) -> Result<Option<WriteId>, redb::Error> {
        Ok(read.open_table(NAMES)?.get(name)?.map(|id| WriteId(id.value())))
    }

    /// They have all records up to this one.
    pub(super) fn have_taken(&mut self, number: u64) -> Result<(), redb::Error> {
        self.taken.insert((), number)?;
        Ok(())
    }

    pub(super) fn apply(&mut self, change: &Change) -> Result<(), redb::Error> {
        let id = change.id.0;
        if let Some((name, intent)) = &change.intent {
            self.names.insert(name.as_slice(), id)?;
            self.intents.insert(id, intent.as_slice())?;
        } else if self.intents.get(id)?.is_none() {
            return Ok(());
        }
        self.standings.insert(id, change.standing.as_slice())?;
        for (place, event) in (change.first_event..).zip(&change.events) {
            self.stories.insert((id, place), event.as_slice())?;
        }
        if let Some(needed_until) = change.reopens {
            self.ended.remove((needed_until.as_millis(), id))?;
        }
        match change.end {
            End::Open(due) => {
                self.open.insert(id, due.map_or(NEVER, Timestamp::as_millis))?;
            }
            End::Ended { needed_until } => {
                self.open.remove(id)?;
                self.ended.insert((needed_until.as_millis(), id), ())?;
            }
        }
        Ok(())
    }

    /// Forgets some of those that nobody needs since then.
    pub(super) fn forget(&mut self, since: Timestamp) -> Result<usize, redb::Error> {
        let mut gone = Vec::new();
        for write in self.ended.range(..(since.as_millis(), 0))?.take(MOST_FORGOTTEN) {
            gone.push(write?.0.value());
        }
        let last = self.last_forgotten.get(())?.map(|id| id.value());
        if let Some(last) = gone.iter().map(|(_, id)| *id).chain(last).max() {
            self.last_forgotten.insert((), last)?;
        }
        for (needed_until, id) in &gone {
            self.ended.remove((*needed_until, *id))?;
            self.standings.remove(id)?;
            self.stories.retain_in((*id, 0)..=(*id, u32::MAX), |_, _| false)?;
            let name = self.intents.remove(id)?.and_then(|intent| decode::<Intent>(intent.value()).ok());
            if let Some(name) = name.map(|intent| intent.name().key()) {
                self.names.remove(name.as_slice())?;
            }
        }
        Ok(gone.len())
    }
}
