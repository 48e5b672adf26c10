//! Files that an operator names: read in a bounded time, up to a bounded size, and no other kind of file in their place.
//!
//! A file is opened without waiting, since a named pipe without a writer would block, and its kind is checked once it is open.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// How long a pipe may take until it was written to its end.
const LONGEST_PIPE: Duration = Duration::from_secs(10);
/// What is read at a time of a file whose length is not known.
const PIECE: usize = 16 * 1024;

/// What may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file: what is read again whenever it changes.
    Regular,
    /// A pipe, too, which can be read once.
    RegularOrPipe,
}

/// All of a file, which may be a secret, with what the system says of it.
///
/// # Errors
/// It cannot be opened or read, is of another kind, has more than so many bytes ([`ErrorKind::FileTooLarge`]), or is a pipe that
/// is not written to its end in time.
pub fn read(path: &Path, longest: u64, kind: Kind) -> Result<(Zeroizing<Vec<u8>>, Metadata)> {
    let file = open(path)?;
    let found = file.metadata()?;
    let bytes = if found.is_file() {
        of_regular(&file, &found, longest)?
    } else if kind == Kind::RegularOrPipe && is_pipe(&found) {
        of_pipe(&file, longest)?
    } else {
        return Err(Error::new(ErrorKind::InvalidInput, format!("it is {}, and no regular file", name_of(&found))));
    };
    Ok((bytes, found))
}

/// The same as text.
pub fn read_text(path: &Path, longest: u64, kind: Kind) -> Result<(String, Metadata)> {
    let (mut bytes, found) = read(path, longest, kind)?;
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(|text| (text, found)).map_err(|_| Error::new(ErrorKind::InvalidData, "it is no UTF-8 text"))
}

fn too_large(longest: u64) -> Error {
    Error::new(ErrorKind::FileTooLarge, format!("it has more than {longest} bytes"))
}

fn of_regular(file: &File, found: &Metadata, longest: u64) -> Result<Zeroizing<Vec<u8>>> {
    if found.len() > longest {
        return Err(too_large(longest));
    }
    // Room for all that is read, so that no part of it is left behind where it grew.
    let room = usize::try_from(found.len()).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let read = file.take(longest + 1).read_to_end(&mut bytes)?;
    // One that grows while it is read is no larger for that.
    if u64::try_from(read).unwrap_or(u64::MAX) > longest { Err(too_large(longest)) } else { Ok(bytes) }
}

/// Opens without waiting: a named pipe without a writer would hold the opener up.
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
fn is_pipe(found: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn name_of(found: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match found.file_type() {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    }
}

#[cfg(not(unix))]
fn name_of(found: &Metadata) -> &'static str {
    if found.is_dir() { "a directory" } else { "something else" }
}

/// Reads a pipe to its end, as long as its writer takes, though not for ever.
#[cfg(unix)]
fn of_pipe(mut file: &File, longest: u64) -> Result<Zeroizing<Vec<u8>>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let end = Instant::now() + LONGEST_PIPE;
    let mut bytes = Zeroizing::new(Vec::new());
    let mut piece = Zeroizing::new([0; PIECE]);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut asked = [PollFd::new(file, PollFlags::IN)];
        let wait = Timespec::try_from(left).unwrap_or_default();
        if left.is_zero() || poll(&mut asked, Some(&wait))? == 0 {
            let late = format!("it is a pipe that nobody wrote to its end within {} s", LONGEST_PIPE.as_secs());
            return Err(Error::new(ErrorKind::TimedOut, late));
        }
        match file.read(piece.as_mut_slice()) {
            Ok(0) => return Ok(bytes),
            Ok(read) => bytes.extend_from_slice(piece.get(..read).unwrap_or_default()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > longest {
            return Err(too_large(longest));
        }
    }
}

#[cfg(not(unix))]
fn of_pipe(_: &File, _: u64) -> Result<Zeroizing<Vec<u8>>> {
    Err(Error::new(ErrorKind::InvalidInput, "it is no regular file"))
}
