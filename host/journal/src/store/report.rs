//! Facts about a copy of a journal, and about an undamaged journal.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use stockbridge_model::Timestamp;

use super::identity::JournalIdentity;

/// Facts about a copy of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Copied {
    /// Path of the copy.
    pub file: PathBuf,
    /// Identity of the copied journal.
    pub journal: JournalIdentity,
    /// Number of writes in it.
    pub writes: u64,
    /// Time of the copy. What was sent later is not in it.
    pub at: Timestamp,
    /// The BLAKE3 digest of the file, in hex.
    pub blake3: String,
}

/// Result of verifying an undamaged journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Verified {
    /// Path of the journal.
    pub file: PathBuf,
    /// Identity of the journal.
    pub journal: JournalIdentity,
    /// Number of writes in it.
    pub writes: u64,
    /// Number of events of these writes.
    pub events: u64,
    /// Time of the copy, for a backup that no host has opened yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_of: Option<Timestamp>,
}
