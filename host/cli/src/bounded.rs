//! Input of a command: a file, a pipe or standard input, up to a size that no order and no vectors have.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most that is read, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// All that there is.
pub(crate) fn bytes(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = from.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {LONGEST} bytes")));
    }
    Ok(bytes)
}

/// All of a file, as text.
pub(crate) fn text(file: &Path) -> io::Result<String> {
    let bytes = bytes(File::open(file)?)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no UTF-8 text"))
}
