//! A journal in a file: one file, one process.
//!
//! It is a redb database. SQLite was considered: operators could query it with familiar tools, but the journal's own
//! command answers while the host runs and closes writes with the host's knowledge, which no foreign tool may do; and redb
//! allows its storage backend to be replaced, so that power cuts are tested on the shipped code.
//!
//! In front of the database is a log, which makes a commit cheap: see `journal_file` and `log`. Below it are `blocks`, which
//! ensure that it reads what it wrote.

mod backend;
mod backup;
mod blocks;
mod change;
mod committer;
mod convert;
mod journal_file;
mod label;
mod log;
mod log_and_db;
mod making;
mod opening;
mod overlay;
mod place;
mod repair;
mod staged;
mod superblock;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod trouble;
mod witness;

use std::sync::Arc;
use std::sync::mpsc::{self, Sender};

use parking_lot::Mutex;
use redb::{ReadTransaction, ReadableTable as _};
use stockbridge_model::{Timestamp, WriteId};
use tokio::sync::oneshot;

pub(crate) use backup::verify;
use committer::Job;
use journal_file::JournalFile;
pub(crate) use making::init;
#[cfg(unix)]
pub use making::rights_problem;
pub(crate) use opening::Opening;
pub use repair::Repaired;
pub(crate) use repair::{readable, repair};
use tables::{APPLICATIONS, INTENTS, LAST_FORGOTTEN, NEVER, OPEN, STATUSES, STORIES};

use super::disk::Backing;
use super::{Change, Copied, Store, StoreError, StoreFuture, Stored, Verified};
use crate::age::Age;
use crate::application::Row;
use crate::gap::Gap;

/// Store in a file. Clones are the same store.
pub(crate) struct FileStore {
    opened: Arc<JournalFile>,
    jobs: Mutex<Option<Sender<Job>>>,
}

impl FileStore {
    /// Opens the store, or creates it if it is missing and may be created. Also returns the facts about the opening.
    ///
    /// # Errors
    /// It is in use, damaged, missing, or cannot be written.
    pub(crate) fn open(medium: Backing, may_make: bool, now: Timestamp) -> Result<(FileStore, Opening), StoreError> {
        let (opened, made) = JournalFile::new(medium, may_make)?;
        let opening = opening::begin(&opened, made, now)?;
        let opened = Arc::new(opened);
        let (jobs, requests) = mpsc::channel();
        let its = opened.clone();
        std::thread::Builder::new()
            .name("stockbridge-journal".to_owned())
            .spawn(move || committer::run(&its, &requests))
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        Ok((FileStore { opened, jobs: Mutex::new(Some(jobs)) }, opening))
    }

    fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Job,
    ) -> StoreFuture<T> {
        let (reply, done) = oneshot::channel();
        let jobs = self.jobs.lock();
        let is_sent = jobs.as_ref().is_some_and(|jobs| jobs.send(job(reply)).is_ok());
        Box::pin(async move {
            if !is_sent {
                return Err(StoreError::Closed);
            }
            done.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error> + Send + 'static,
    ) -> StoreFuture<T> {
        self.run(move |opened| opened.read(work))
    }

    /// Works on it on a thread that may block on the disk.
    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&JournalFile) -> Result<T, StoreError> + Send + 'static,
    ) -> StoreFuture<T> {
        let opened = self.opened.clone();
        Box::pin(async move {
            let task = tokio::task::spawn_blocking(move || work(&opened));
            task.await.map_err(|error| StoreError::Unreadable(error.to_string()))?
        })
    }
}

impl Store for FileStore {
    fn commit(&self, change: Change) -> StoreFuture<()> {
        self.ask(|reply| Job::Commit(change, reply))
    }

    fn find(&self, name: Vec<u8>) -> StoreFuture<Option<WriteId>> {
        self.run(move |opened| opened.find(&name))
    }

    fn load(&self, id: WriteId) -> StoreFuture<Option<Stored>> {
        self.read(move |read| {
            let intent = read.open_table(INTENTS)?.get(id.0)?.map(|bytes| bytes.value().to_vec());
            let status = read.open_table(STATUSES)?.get(id.0)?.map(|bytes| bytes.value().to_vec());
            Ok(intent.zip(status).map(|(intent, status)| Stored { intent, status }))
        })
    }

    fn history(&self, id: WriteId) -> StoreFuture<Vec<Vec<u8>>> {
        self.read(move |read| {
            let stories = read.open_table(STORIES)?;
            let events = stories.range((id.0, 0)..=(id.0, u32::MAX))?;
            events.map(|event| Ok(event?.1.value().to_vec())).collect()
        })
    }

    fn before(&self, id: Option<WriteId>, most: usize) -> StoreFuture<Vec<(WriteId, Stored)>> {
        self.read(move |read| {
            let (intents, statuses) = (read.open_table(INTENTS)?, read.open_table(STATUSES)?);
            let end = id.map_or(u64::MAX, |id| id.0);
            let mut latest = Vec::new();
            for write in intents.range(..end)?.rev().take(most) {
                let (id, intent) = write?;
                if let Some(status) = statuses.get(id.value())? {
                    let stored = Stored { intent: intent.value().to_vec(), status: status.value().to_vec() };
                    latest.push((WriteId(id.value()), stored));
                }
            }
            Ok(latest)
        })
    }

    fn open(&self) -> StoreFuture<Vec<(WriteId, Option<Timestamp>)>> {
        self.read(|read| {
            let open = read.open_table(OPEN)?;
            let due = |at: i64| (at != NEVER).then(|| Timestamp::from_millis(at));
            open.iter()?
                .map(|write| write.map(|(id, at)| (WriteId(id.value()), due(at.value()))).map_err(Into::into))
                .collect()
        })
    }

    fn forget(&self, since: Age) -> StoreFuture<usize> {
        self.ask(|reply| Job::Forget(since, reply))
    }

    fn applications(&self) -> StoreFuture<Vec<Row>> {
        self.read(|read| {
            let rows = read.open_table(APPLICATIONS)?;
            let row = |row: (redb::AccessGuard<'_, &[u8]>, redb::AccessGuard<'_, &[u8]>)| Row {
                key: row.0.value().to_vec(),
                value: row.1.value().to_vec(),
            };
            rows.iter()?.map(|one| one.map(row).map_err(Into::into)).collect()
        })
    }

    fn put_applications(&self, rows: Vec<Row>) -> StoreFuture<()> {
        self.run(move |opened| opened.transaction(|tables| tables.put_applications(&rows)))
    }

    fn put_gap(&self, gap: Gap) -> StoreFuture<()> {
        self.run(move |opened| opened.transaction(|tables| tables.put_gap(&gap)))
    }

    fn back_up(&self, to: std::path::PathBuf, now: Timestamp) -> StoreFuture<Copied> {
        self.run(move |opened| backup::write(opened, &to, now))
    }

    fn verify(&self) -> StoreFuture<Verified> {
        self.run(backup::verify_open)
    }

    fn last(&self) -> StoreFuture<WriteId> {
        self.read(|read| {
            let kept = read.open_table(INTENTS)?.last()?.map_or(0, |(id, _)| id.value());
            let forgotten = read.open_table(LAST_FORGOTTEN)?.get(())?.map_or(0, |id| id.value());
            Ok(WriteId(kept.max(forgotten)))
        })
    }

    fn close(&self) -> StoreFuture<()> {
        let closing = self.ask(Job::Close);
        *self.jobs.lock() = None;
        closing
    }
}
