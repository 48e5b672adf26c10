//! A socket beside the journal's file, by which a person's command reaches the host that works on it.
//!
//! One request and one answer a connection, each a line of JSON. Who connects must be the host's own user, or root.

mod client;
mod holder;
#[cfg(unix)]
mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use client::JournalClient;
pub(crate) use holder::{HolderNote, holder};
#[cfg(unix)]
pub use server::Control;

use super::{
    ClosedGap, Copied, Gap, JournalIdentity, Settlement, Verified, WriteFilter, WriteHistory, WriteId, WriteRecord,
};
use crate::error::JournalError;

/// What a command asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ControlRequest {
    List(WriteFilter),
    Story(WriteId),
    Settle(WriteId, Settlement),
    Gaps,
    CloseGap(ClosedGap),
    /// Into a file of the host's machine, by its absolute path.
    BackUp(PathBuf),
    Verify,
    Identity,
    Accounts,
}

/// What it is told.
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

/// The longest address of a socket, in bytes, on every system that has them.
const LONGEST_ADDRESS: usize = 103;

/// Where the socket of a journal is. One with a long name has a name made of that one's digest: its address has to fit.
fn beside(journal: &Path) -> PathBuf {
    // By whichever link it is opened.
    let journal = &std::fs::canonicalize(journal).unwrap_or_else(|_| journal.to_path_buf());
    let name = journal.file_name().unwrap_or_default();
    let mut socket = name.to_owned();
    socket.push(".sock");
    if socket.len() > LONGEST_ADDRESS / 2 {
        let digest = blake3::hash(name.as_encoded_bytes()).to_hex();
        socket = format!("{}.sock", digest.get(..16).unwrap_or_default()).into();
    }
    journal.with_file_name(socket)
}

/// A socket's place as an address, which has to be short: where it is not, by way of its directory, as this process has it
/// open.
#[cfg(unix)]
struct Address {
    path: PathBuf,
    /// Open for as long as the address is used.
    _directory: Option<std::fs::File>,
}

#[cfg(unix)]
impl Address {
    fn of(socket: &Path) -> std::io::Result<Address> {
        use std::os::fd::AsRawFd as _;
        if socket.as_os_str().len() <= LONGEST_ADDRESS {
            return Ok(Address { path: socket.to_path_buf(), _directory: None });
        }
        let directory = std::fs::File::open(socket.parent().unwrap_or(Path::new(".")))?;
        let path = Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string());
        if !path.exists() {
            let problem = format!("the path of the socket beside it has more than {LONGEST_ADDRESS} bytes");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, problem));
        }
        let path = path.join(socket.file_name().unwrap_or_default());
        Ok(Address { path, _directory: Some(directory) })
    }
}
