//! Socket beside the journal's file, by which an operator's command reaches the host that holds it.
//!
//! A connection carries one request and one answer, each a line of JSON. The client must be the host's own user, or root.

mod client;
#[cfg(unix)]
mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use client::JournalClient;
#[cfg(unix)]
pub use server::Control;

use super::{
    ClosedGap, Copied, Gap, JournalIdentity, Settlement, Verified, WriteFilter, WriteHistory, WriteId, WriteRecord,
};
use crate::error::JournalError;

/// A command's request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ControlRequest {
    List(WriteFilter),
    Story(WriteId),
    Settle(WriteId, Settlement),
    Gaps,
    CloseGap(ClosedGap),
    /// Into a file on the host's machine, by its absolute path.
    BackUp(PathBuf),
    Verify,
    Identity,
    Accounts,
}

/// The host's answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ControlResponse {
    Writes(Vec<WriteRecord>),
    Story(Option<Box<WriteHistory>>),
    Settled(Box<WriteRecord>),
    Gaps(Vec<Gap>),
    Copied(Box<Copied>),
    Verified(Box<Verified>),
    Identity(Option<JournalIdentity>),
    Accounts(Vec<String>),
    Refused(JournalError),
}

/// Maximum length of a socket's address, in bytes, on every system that has them.
const MAX_ADDRESS: usize = 103;

/// Path of a journal's socket. A long name is replaced by its digest, since the address has to fit.
fn beside(journal: &Path) -> PathBuf {
    // The same path by whichever link the journal is opened.
    let journal = &std::fs::canonicalize(journal).unwrap_or_else(|_| journal.to_path_buf());
    let name = journal.file_name().unwrap_or_default();
    let mut socket = name.to_owned();
    socket.push(".sock");
    if socket.len() > MAX_ADDRESS / 2 {
        let digest = blake3::hash(name.as_encoded_bytes()).to_hex();
        socket = format!("{}.sock", digest.get(..16).unwrap_or_default()).into();
    }
    journal.with_file_name(socket)
}

/// A socket's path as an address, which has to be short: a long one goes through its directory, as this process has it
/// open.
#[cfg(unix)]
struct Address {
    path: PathBuf,
    /// Kept open for as long as the address is used.
    _directory: Option<std::fs::File>,
}

#[cfg(unix)]
impl Address {
    fn of(socket: &Path) -> std::io::Result<Address> {
        use std::os::fd::AsRawFd as _;
        if socket.as_os_str().len() <= MAX_ADDRESS {
            return Ok(Address { path: socket.to_path_buf(), _directory: None });
        }
        let directory = std::fs::File::open(socket.parent().unwrap_or(Path::new(".")))?;
        let path = Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string());
        if !path.exists() {
            let problem = format!("the path of the socket beside it has more than {MAX_ADDRESS} bytes");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, problem));
        }
        let path = path.join(socket.file_name().unwrap_or_default());
        Ok(Address { path, _directory: Some(directory) })
    }
}
