//! Storage of a journal. The trait is small, so that a store shared by several hosts can follow: the journal defines
//! the records' contents, and a store sees bytes.

mod awaited;
mod disk;
#[cfg(feature = "file")]
mod file;
mod identity;
mod memory;
mod report;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use awaited::AwaitedStore;
pub use disk::{Backing, Disk, DiskSource};
#[cfg(feature = "file")]
pub use file::Repaired;
#[cfg(all(feature = "file", unix))]
pub use file::rights_problem;
#[cfg(feature = "testing")]
pub use file::testing;
#[cfg(feature = "file")]
pub(crate) use file::{FileStore, Opening, init, readable, repair, verify};
pub use identity::JournalIdentity;
pub(crate) use memory::MemoryStore;
pub use report::{Copied, Verified};

use stockbridge_model::{Timestamp, WriteId};

use super::age::{Age, Stamp};
use super::framed::BadRecord;
use super::gap::Gap;
use super::keyed_lock::Claim;
use crate::application::Row;

/// Future result of a store's operation.
pub(crate) type StoreFuture<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Durable storage for records.
pub(crate) trait Store: Send + Sync + 'static {
    /// Makes a change durable, all of it or nothing. Changes take effect in the order of the calls, not of the polling.
    fn commit(&self, change: Change) -> StoreFuture<()>;

    /// Number of the write of this name.
    fn find(&self, name: Vec<u8>) -> StoreFuture<Option<WriteId>>;

    /// A write's intent and status.
    fn load(&self, id: WriteId) -> StoreFuture<Option<Stored>>;

    /// Events of a write, from the first.
    fn history(&self, id: WriteId) -> StoreFuture<Vec<Vec<u8>>>;

    /// Writes with lower numbers than this one, the latest first; without a number, from the latest on.
    fn before(&self, id: Option<WriteId>, most: usize) -> StoreFuture<Vec<(WriteId, Stored)>>;

    /// All writes that have not ended, with the times at which they are due: none for those that wait for an operator.
    fn open(&self) -> StoreFuture<Vec<(WriteId, Option<Timestamp>)>>;

    /// Forgets some writes that were last needed before this age. Returns their number: 0 when all are gone.
    fn forget(&self, since: Age) -> StoreFuture<usize>;

    /// Rows on the current and former applications of its accounts.
    fn applications(&self) -> StoreFuture<Vec<Row>>;

    /// Records such rows.
    fn put_applications(&self, rows: Vec<Row>) -> StoreFuture<()>;

    /// Records a gap in its current state.
    fn put_gap(&self, gap: Gap) -> StoreFuture<()>;

    /// Writes a copy of the current contents into a new file.
    fn back_up(&self, to: PathBuf, now: Timestamp) -> StoreFuture<Copied>;

    /// Reads all current contents and checks their parts against each other.
    fn verify(&self) -> StoreFuture<Verified>;

    /// The highest number of a write, forgotten ones included.
    fn last(&self) -> StoreFuture<WriteId>;

    /// Makes pending changes durable and releases the storage.
    fn close(&self) -> StoreFuture<()>;
}

/// A stored write.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) intent: Vec<u8>,
    pub(crate) status: Vec<u8>,
}

/// A change of one write.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) id: WriteId,
    /// Time of the record.
    pub(crate) stamp: Stamp,
    /// Name and intent, for a new write. A change without them does nothing if the write does not exist.
    pub(crate) intent: Option<(Vec<u8>, Vec<u8>)>,
    /// Links of its account to the application under which it is named, where the journal may lack them.
    pub(crate) applications: Vec<Row>,
    pub(crate) status: Vec<u8>,
    /// New events, and the place of the first of them in the story.
    pub(crate) events: Vec<Vec<u8>>,
    pub(crate) first_event: u32,
    /// The age until which it was needed, if it had ended before.
    pub(crate) reopens: Option<Age>,
    pub(crate) end: End,
    /// Set where a failed change is tried again until it is durable, because it records something that has happened: the lock on
    /// the write, held until then, since anybody who read the write would read an outdated status.
    pub(crate) owed: Option<Arc<Claim>>,
}

/// Whether a write has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Open, with the time at which the host acts, if it does.
    Open(Option<Timestamp>),
    /// Ended, with the journal's age until which it is needed to recognise a second one under its reference.
    Ended { needed_until: Age },
}

/// Error of a store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing of the change is durable, or can become so.
    #[error("{0}")]
    NotCommitted(String),
    /// The change may be durable: the disk's error does not tell.
    #[error("{0}")]
    MayBeCommitted(String),
    /// The contents cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The contents differ from what was written. They are not trusted.
    #[error("{0}")]
    Damaged(String),
    /// A file exists where one was to be created.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// There is none, and none may be created.
    #[error("{0}")]
    Missing(String),
    /// Another process, or another host of this one, holds it.
    #[error("another host works on it")]
    InUse,
    /// It is waited for: another process holds it.
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
