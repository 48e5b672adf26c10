//! Storage backend of redb on a disk of the application; and whether redb has written its header.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{DatabaseError, StorageBackend};

use crate::store::disk::Disk;

pub(super) fn io_error(error: io::Error) -> DatabaseError {
    DatabaseError::Storage(redb::StorageError::Io(error))
}

/// Whether the database's header was written since the last `take`: before that, no commit can have taken effect.
#[derive(Clone, Debug, Default)]
pub(super) struct HeaderWritten(Arc<AtomicBool>);

impl HeaderWritten {
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A disk of the application, which is responsible for locking it.
#[derive(Debug)]
pub(super) struct CustomDisk(pub(super) Box<dyn Disk>);

impl StorageBackend for CustomDisk {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}
