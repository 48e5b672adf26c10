//! Input of a command: a file, a pipe or standard input, up to a size above that of any order or vectors.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Upper bound of what is read, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Reads everything, up to the bound.
pub(crate) fn bytes(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = from.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

/// Reads a whole file as text.
pub(crate) fn text(file: &Path) -> io::Result<String> {
    let bytes = bytes(File::open(file)?)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}
