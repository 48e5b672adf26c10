//! Where a journal is kept. The trait is small, so that a store that several hosts share can follow: what is in the
//! records is the journal's matter, and a store sees bytes.

mod awaited;
mod backup;
mod blocks;
mod change;
mod committer;
mod convert;
mod disk;
mod file;
mod identity;
mod journal_file;
mod label;
mod log;
mod log_and_db;
mod making;
mod memory;
mod opening;
mod overlay;
mod place;
mod repair;
mod staged;
mod superblock;
mod tables;
mod trouble;
mod witness;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use awaited::AwaitedStore;
pub use backup::{Copied, Verified};
pub use disk::{Backing, Disk, DiskSource};
pub(crate) use file::FileStore;
pub use identity::JournalIdentity;
#[cfg(unix)]
pub use making::rights_problem;
pub(crate) use memory::MemoryStore;
pub(crate) use opening::Opening;
pub use repair::Repaired;
pub(crate) use {backup::verify, making::init, repair::readable, repair::repair};

use stockbridge_model::{Timestamp, WriteId};

use super::age::{Age, Stamp};
use super::framed::BadRecord;
use super::gap::Gap;
use super::keyed_lock::Claim;
use crate::application::Row;

/// What takes time.
pub(crate) type Eventually<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// A durable place for records.
pub(crate) trait Store: Send + Sync + 'static {
    /// Makes a change durable, all of it or nothing. Changes take hold in the order of the calls, not of the waiting.
    fn commit(&self, change: Change) -> Eventually<()>;

    /// The number of the write of this name.
    fn find(&self, name: Vec<u8>) -> Eventually<Option<WriteId>>;

    /// How a write stands.
    fn load(&self, id: WriteId) -> Eventually<Option<Stored>>;

    /// The story of a write, from its beginning.
    fn history(&self, id: WriteId) -> Eventually<Vec<Vec<u8>>>;

    /// Writes with lower numbers than this one, the latest first; the latest of all where there is none.
    fn before(&self, id: Option<WriteId>, most: usize) -> Eventually<Vec<(WriteId, Stored)>>;

    /// All writes that have not ended, with when they are due: never for those that wait for a person.
    fn open(&self) -> Eventually<Vec<(WriteId, Option<Timestamp>)>>;

    /// Forgets some writes that nobody needs since this age. How many those were: none when all are gone.
    fn forget(&self, since: Age) -> Eventually<usize>;

    /// What is known of the applications that its accounts are and were.
    fn applications(&self) -> Eventually<Vec<Row>>;

    /// Records more of that.
    fn put_applications(&self, rows: Vec<Row>) -> Eventually<()>;

    /// Records a gap as it stands.
    fn put_gap(&self, gap: Gap) -> Eventually<()>;

    /// Writes a copy of all that there is at this moment into a file that is not there.
    fn back_up(&self, to: PathBuf, now: Timestamp) -> Eventually<Copied>;

    /// Reads all that there is at this moment, and holds each part against the others.
    fn verify(&self) -> Eventually<Verified>;

    /// The highest number that a write has, or had before it was forgotten.
    fn last(&self) -> Eventually<WriteId>;

    /// Makes durable what is not, and lets the place go.
    fn close(&self) -> Eventually<()>;
}

/// A write in its store.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) intent: Vec<u8>,
    pub(crate) standing: Vec<u8>,
}

/// A change of one write.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) id: WriteId,
    /// When it is recorded.
    pub(crate) stamp: Stamp,
    /// With its name, when it is new. A change without it of a write that is not there changes nothing.
    pub(crate) intent: Option<(Vec<u8>, Vec<u8>)>,
    /// What links its account to the application under which it is named, where the journal may lack that.
    pub(crate) applications: Vec<Row>,
    pub(crate) standing: Vec<u8>,
    /// What happened, and the place of the first of it in the story.
    pub(crate) events: Vec<Vec<u8>>,
    pub(crate) first_event: u32,
    /// Until when it was needed, where it had ended before.
    pub(crate) reopens: Option<Age>,
    pub(crate) end: End,
    /// Where it is tried again until it is durable, should it fail, for what has happened has happened: the right to work
    /// on the write, which nobody else has before that. Who read it would read what holds no longer.
    pub(crate) owed: Option<Arc<Claim>>,
}

/// Whether a write has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It is open: when the host acts, if it does.
    Open(Option<Timestamp>),
    /// It has ended, and until which age of the journal it is needed to tell a second one under its reference.
    Ended { needed_until: Age },
}

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing of the change is durable, nor can it come to be.
    #[error("{0}")]
    NotCommitted(String),
    /// The change may be durable: that much the disk does not say.
    #[error("{0}")]
    MayBeCommitted(String),
    /// What is there cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// It is other than it was written. What it would say is not believed.
    #[error("{0}")]
    Damaged(String),
    /// There is a file where one was to be made.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// There is none, and none may be made.
    #[error("{0}")]
    Missing(String),
    /// Another process, or another host of this one, works on it.
    #[error("another host works on it")]
    InUse,
    /// It is waited for: another process works on it.
    #[error("another host works on {0}")]
    Awaited(String),
    /// It is closed.
    #[error("it is closed")]
    Closed,
}

impl From<BadRecord> for StoreError {
    fn from(record: BadRecord) -> StoreError {
        StoreError::Unreadable(record.to_string())
    }
}
