//! The lease of a journal's bytes: they can be read and written until it ends, whoever still holds the database by then.
//!
//! After an error of the disk a journal is opened anew, and its file is locked for one opening at a time. A long reader of
//! the opening before, a backup for one, keeps its database alive; without the lease it kept the lock as well, and no order
//! could be recorded until it had ended.

use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use redb::{BackendError, StorageBackend};

/// Bytes that are let go for all who use them at once.
pub(super) struct Lease(RwLock<Option<Arc<dyn StorageBackend>>>);

impl Lease {
    pub(super) fn of(bytes: Arc<dyn StorageBackend>) -> Lease {
        Lease(RwLock::new(Some(bytes)))
    }

    /// Lets go of the bytes, and with them of the file and its lock. Whoever is reading has an error from now on.
    pub(super) fn end(&self) {
        let bytes = self.0.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(bytes);
    }

    fn bytes<T, E: From<io::Error>>(&self, work: impl FnOnce(&dyn StorageBackend) -> Result<T, E>) -> Result<T, E> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Some(bytes) => work(&**bytes),
            None => Err(io::Error::other("the journal was opened anew, or closed, since this was begun").into()),
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lease").finish_non_exhaustive()
    }
}

impl StorageBackend for Lease {
    fn len(&self) -> io::Result<u64> {
        self.bytes(|bytes| bytes.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.bytes(|bytes| bytes.read(offset, out))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.bytes(|bytes| bytes.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.bytes(|bytes| bytes.sync_data())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.bytes(|bytes| bytes.write(offset, data))
    }

    /// What has been let go of is closed.
    fn close(&self) -> io::Result<()> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Some(bytes) => bytes.close(),
            None => Ok(()),
        }
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.bytes(|bytes| bytes.try_lock_range(start, end))
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Some(bytes) => bytes.unlock_range(start, end),
            None => Ok(()),
        }
    }
}
