//! What a journal's file stands on, and how far a commit came on it.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::backends::FileBackend;
use redb::{BackendError, Database, DatabaseError, StorageBackend};

use super::log;

/// Where the database's header ends: what is written below is what makes a commit of it hold.
const HEADER: u64 = 4096;
/// What the file of a store begins with is written last when it is made, and is so long.
const MAGIC: u64 = 9;
/// All else that is written before that is below this.
const FIRST_WRITTEN: u64 = 512;
/// The most bytes of a store that was not made to its end.
const LARGEST_UNMADE: u64 = 16 * 1024 * 1024;

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
pub(crate) enum Medium {
    File(PathBuf),
    Disk(Arc<dyn DiskSource>),
}

impl fmt::Display for Medium {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Medium::File(path) => path.display().fmt(formatter),
            Medium::Disk(_) => formatter.write_str("(a disk of the application's)"),
        }
    }
}

impl Medium {
    /// The whole of it, with its log in front.
    pub(super) fn open(&self) -> Result<Arc<dyn StorageBackend>, DatabaseError> {
        let whole: Arc<dyn StorageBackend> = match self {
            Medium::File(path) => Arc::new(FileBackend::new(file(path)?)?),
            Medium::Disk(source) => Arc::new(Own(source.open().map_err(io_error)?)),
        };
        log::prepare(&*whole).map_err(io_error)?;
        Ok(whole)
    }
}

pub(super) fn io_error(error: io::Error) -> DatabaseError {
    DatabaseError::Storage(redb::StorageError::Io(error))
}

/// The file, made where it is missing; nobody else's to read, for there are orders in it.
fn file(path: &Path) -> Result<File, DatabaseError> {
    let there = OpenOptions::new().read(true).write(true).open(path);
    if !there.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return there.map_err(io_error);
    }
    make(path)?;
    // Where the file system has no links it is made now, in its place.
    let file = own().create(true).open(path).map_err(io_error)?;
    // A file is only durable once its directory is.
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(io_error)?;
    }
    Ok(file)
}

/// Makes an empty journal, whole or not at all: half of one, left by a host that was killed or had no room, could not be
/// opened by the next. Of two that make it at the same time, one does.
fn make(path: &Path) -> Result<(), DatabaseError> {
    let fresh = path.with_added_extension(format!("{:x}.new", fastrand::u64(..)));
    let file = own().create_new(true).open(&fresh).map_err(io_error)?;
    let made = FileBackend::new(file).and_then(|file| {
        log::prepare(&file).map_err(io_error)?;
        let behind = Watched::new(Arc::new(file), HeaderWritten::default());
        Database::builder().create_with_backend(behind).map(drop)
    });
    // That it cannot be linked is told by what follows: it is there by somebody else, or still missing.
    drop(made.is_ok().then(|| fs::hard_link(&fresh, path)));
    drop(fs::remove_file(&fresh));
    made
}

fn own() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Whether the header was written since this was last taken: before that, no commit can hold.
#[derive(Clone, Debug, Default)]
pub(super) struct HeaderWritten(Arc<AtomicBool>);

impl HeaderWritten {
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

/// The part behind the log, of which it is known whether the database's header was written.
#[derive(Debug)]
pub(super) struct Watched {
    whole: Arc<dyn StorageBackend>,
    header: HeaderWritten,
    /// Whether it was asked for its length: redb asks when it has the lock, before anything else.
    measured: AtomicBool,
}

impl Watched {
    const BEGIN: u64 = log::END as u64;

    pub(super) fn new(whole: Arc<dyn StorageBackend>, header: HeaderWritten) -> Watched {
        Watched { whole, header, measured: AtomicBool::new(false) }
    }

    /// Whether the power went, or the process, while the store was made: redb would take it for something else for good.
    /// What another wrote is not this, unless it wrote nothing but zeros.
    fn was_not_made(&self, len: u64) -> io::Result<bool> {
        if len > LARGEST_UNMADE {
            return Ok(false);
        }
        Ok(self.is_zero(0, MAGIC.min(len))? && self.is_zero(FIRST_WRITTEN.min(len), len)?)
    }

    fn is_zero(&self, mut from: u64, to: u64) -> io::Result<bool> {
        let mut piece = [0; 4096];
        while from < to {
            let rest = usize::try_from(to - from).unwrap_or(usize::MAX).min(piece.len());
            let (read, _) = piece.split_at_mut(rest);
            self.read(from, read)?;
            if read.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            from += rest as u64;
        }
        Ok(true)
    }
}

impl StorageBackend for Watched {
    fn len(&self) -> io::Result<u64> {
        let len = self.whole.len()?.saturating_sub(Watched::BEGIN);
        if len == 0 || self.measured.swap(true, Ordering::AcqRel) || !self.was_not_made(len)? {
            return Ok(len);
        }
        self.set_len(0)?;
        Ok(0)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.whole.read(Watched::BEGIN + offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.whole.set_len(Watched::BEGIN + len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.whole.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if offset < HEADER {
            self.header.0.store(true, Ordering::Release);
        }
        self.whole.write(Watched::BEGIN + offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.whole.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.whole.try_lock_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.whole.unlock_range(start, end)
    }
}

/// A disk of the application's: locking it is the application's matter.
#[derive(Debug)]
struct Own(Box<dyn Disk>);

impl StorageBackend for Own {
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
