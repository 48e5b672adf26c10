//! Backing of a journal: a file, or a disk of the application.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A disk for a journal, in place of a file. Data is durable once `sync` has returned; before that, writes may become durable
/// in any order or not at all.
#[expect(clippy::len_without_is_empty, reason = "it is a disk and no collection")]
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Length in bytes.
    ///
    /// # Errors
    /// Errors of the disk.
    fn len(&self) -> io::Result<u64>;

    /// Reads `out.len()` bytes from an offset.
    ///
    /// # Errors
    /// Errors of the disk; also if it ends before.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes bytes at an offset.
    ///
    /// # Errors
    /// Errors of the disk.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Extends it with zeros, or truncates it.
    ///
    /// # Errors
    /// Errors of the disk.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes all writes durable.
    ///
    /// # Errors
    /// Errors of the disk; then it is unknown what is durable.
    fn sync(&self) -> io::Result<()>;
}

/// Opens a disk: at the start, and again after each of its errors.
pub trait DiskSource: Send + Sync + 'static {
    /// The disk, with its durable contents.
    ///
    /// # Errors
    /// It does not exist.
    fn open(&self) -> io::Result<Box<dyn Disk>>;
}

/// Backing of a store.
#[derive(Clone)]
pub enum Backing {
    /// A file.
    File(PathBuf),
    /// A disk of the application.
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
