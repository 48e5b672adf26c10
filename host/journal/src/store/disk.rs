//! What a journal stands on: a file, or a disk of the application's.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{DatabaseError, StorageBackend};

/// Something to keep a journal on, in place of a file. What was written is durable once `sync` has returned, and before
/// that in any order or not at all.
#[expect(clippy::len_without_is_empty, reason = "it is a disk and no collection")]
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// How many bytes it has.
    ///
    /// # Errors
    /// As the disk has them.
    fn len(&self) -> io::Result<u64>;

    /// Reads so many bytes from a place on.
    ///
    /// # Errors
    /// As the disk has them; also where it ends before.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes bytes from a place on.
    ///
    /// # Errors
    /// As the disk has them.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes it longer, with zeros, or shorter.
    ///
    /// # Errors
    /// As the disk has them.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes durable what was written.
    ///
    /// # Errors
    /// As the disk has them; then nobody knows what is durable.
    fn sync(&self) -> io::Result<()>;
}

/// Opens a disk: at the start, and again after each error of it.
pub trait DiskSource: Send + Sync + 'static {
    /// The disk, with what is durable on it.
    ///
    /// # Errors
    /// It is not there.
    fn open(&self) -> io::Result<Box<dyn Disk>>;
}

/// Where a store's bytes are.
#[derive(Clone)]
pub enum Backing {
    /// A file.
    File(PathBuf),
    /// A disk of the application's.
    Disk(Arc<dyn DiskSource>),
}

impl fmt::Display for Backing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Backing::File(path) => path.display().fmt(formatter),
            Backing::Disk(_) => formatter.write_str("(a disk of the application's)"),
        }
    }
}

pub(super) fn io_error(error: io::Error) -> DatabaseError {
    DatabaseError::Storage(redb::StorageError::Io(error))
}

/// Whether the database's header was written since this was last taken: before that, no commit can hold.
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

/// A disk of the application's: locking it is the application's matter.
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
