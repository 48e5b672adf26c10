//! Reads files that an operator names: in a bounded time, up to a bounded size, and only of the allowed kinds.
//!
//! Opens without blocking, since a named pipe without a writer would hold the opener up, and checks the kind of the open file.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// Timeout for reading a pipe to its end.
const PIPE_TIMEOUT: Duration = Duration::from_secs(10);
/// Chunk size for reading a file of unknown length.
const CHUNK_SIZE: usize = 16 * 1024;

/// The kinds of file that may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file: for what is read again whenever it changes.
    Regular,
    /// Also a pipe, which can be read only once.
    RegularOrPipe,
}

/// Reads a whole file, which may hold a secret, and returns it with its metadata.
///
/// # Errors
/// It cannot be opened or read, is of another kind, is larger than the limit ([`ErrorKind::FileTooLarge`]), or is a pipe that
/// is not written to its end in time.
pub fn read(path: &Path, max_bytes: u64, kind: Kind) -> Result<(Zeroizing<Vec<u8>>, Metadata)> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    let bytes = if metadata.is_file() {
        read_regular(&file, &metadata, max_bytes)?
    } else if kind == Kind::RegularOrPipe && is_pipe(&metadata) {
        read_pipe(&file, max_bytes)?
    } else {
        return Err(Error::new(ErrorKind::InvalidInput, format!("it is {}, not a regular file", kind_name(&metadata))));
    };
    Ok((bytes, metadata))
}

/// Reads a whole file as UTF-8 text, like [`read`].
pub fn read_text(path: &Path, max_bytes: u64, kind: Kind) -> Result<(String, Metadata)> {
    let (mut bytes, metadata) = read(path, max_bytes, kind)?;
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(|text| (text, metadata)).map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn too_large(max_bytes: u64) -> Error {
    Error::new(ErrorKind::FileTooLarge, format!("it has more than {max_bytes} bytes"))
}

fn read_regular(file: &File, metadata: &Metadata, max_bytes: u64) -> Result<Zeroizing<Vec<u8>>> {
    if metadata.len() > max_bytes {
        return Err(too_large(max_bytes));
    }
    // Capacity for the whole file: a buffer that grew would leave unwiped copies behind.
    let room = usize::try_from(metadata.len()).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let read = file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    // The limit also holds for a file that grows while it is read.
    if u64::try_from(read).unwrap_or(u64::MAX) > max_bytes { Err(too_large(max_bytes)) } else { Ok(bytes) }
}

/// Opens without blocking: a named pipe without a writer would hold the opener up.
#[cfg(unix)]
pub fn open(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let without_waiting = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits();
    OpenOptions::new().read(true).custom_flags(without_waiting.cast_signed()).open(path)
}

#[cfg(not(unix))]
pub fn open(path: &Path) -> Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn kind_name(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match metadata.file_type() {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    }
}

#[cfg(not(unix))]
fn kind_name(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() { "a directory" } else { "something else" }
}

/// Reads a pipe to its end, waiting for its writer up to [`PIPE_TIMEOUT`].
#[cfg(unix)]
fn read_pipe(mut file: &File, max_bytes: u64) -> Result<Zeroizing<Vec<u8>>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let end = Instant::now() + PIPE_TIMEOUT;
    let mut bytes = Zeroizing::new(Vec::new());
    let mut chunk = Zeroizing::new([0; CHUNK_SIZE]);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut polled = [PollFd::new(file, PollFlags::IN)];
        let wait = Timespec::try_from(left).unwrap_or_default();
        if left.is_zero() || poll(&mut polled, Some(&wait))? == 0 {
            let late = format!("it is a pipe that was not written to its end within {} s", PIPE_TIMEOUT.as_secs());
            return Err(Error::new(ErrorKind::TimedOut, late));
        }
        match file.read(chunk.as_mut_slice()) {
            Ok(0) => return Ok(bytes),
            Ok(read) => bytes.extend_from_slice(chunk.get(..read).unwrap_or_default()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max_bytes {
            return Err(too_large(max_bytes));
        }
    }
}

#[cfg(not(unix))]
fn read_pipe(_: &File, _: u64) -> Result<Zeroizing<Vec<u8>>> {
    Err(Error::new(ErrorKind::InvalidInput, "it is not a regular file"))
}
