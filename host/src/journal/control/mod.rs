//! A socket beside the journal's file, by which a person's command reaches the host that works on it.
//!
//! One request and one answer a connection, each a line of JSON. Who connects must be the host's own user, or root.

mod client;
#[cfg(unix)]
mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use client::JournalClient;
#[cfg(unix)]
pub(crate) use server::Control;

use super::{Settlement, WriteFilter, WriteId, WriteRecord, WriteStory};
use crate::error::JournalError;

/// What a command asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Asked {
    List(WriteFilter),
    Story(WriteId),
    Settle(WriteId, Settlement),
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Told {
    Writes(Vec<WriteRecord>),
    Story(Option<Box<WriteStory>>),
    Settled(Box<WriteRecord>),
    Refused(JournalError),
}

/// Where the socket of a journal is.
fn beside(journal: &Path) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push(".sock");
    journal.with_file_name(name)
}
