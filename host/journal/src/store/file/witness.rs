//! The witness: a small file beside the journal that reveals when an older copy is put in its place.
//!
//! It records which journal it belongs to, how often that was opened, and the last durable change. A journal
//! whose counts are lower was put back. A copy that was put back together with its witness cannot be recognised.
//!
//! Each opening writes it anew and syncs it. Changes are then recorded in place, without a sync: after a kill the witness has
//! all of them, after a power cut perhaps fewer, and never one that the journal lacks.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use stockbridge_model::named_file;

use crate::store::identity::JournalIdentity;

/// Maximum size of a witness, in bytes.
const MAX_SIZE: u64 = 4096;
/// Length in bytes: constant, so that overwriting leaves no remains, and within a sector of any disk.
const LENGTH: usize = 256;

/// Contents of the witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Witness {
    pub(super) journal: JournalIdentity,
    /// Number of openings.
    pub(super) openings: u64,
    /// Number of the last change that the journal is known to have had.
    pub(super) changes: u64,
}

/// What exists beside a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    Witness(Witness),
    /// A file that is not a witness.
    Unreadable,
}

impl Witness {
    /// Reads what exists beside this journal.
    pub(super) fn beside(journal: &Path) -> Beside {
        match named_file::read_text(&place(journal), MAX_SIZE, named_file::Kind::Regular) {
            Ok((text, _)) => serde_json::from_str(&text).map_or(Beside::Unreadable, Beside::Witness),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Beside::Nothing,
            Err(_) => Beside::Unreadable,
        }
    }

    /// Writes it beside the journal: durably and atomically.
    pub(super) fn put(self, journal: &Path) -> io::Result<WitnessFile> {
        let journal = &resolved(journal);
        let (place, fresh) = (place(journal), journal.with_added_extension("witness.new"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(&self.text()?)?;
        file.sync_all()?;
        fs::rename(&fresh, &place)?;
        sync_directory(journal)?;
        Ok(WitnessFile { file, witness: self })
    }

    fn text(self) -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(&self)?;
        text.resize(LENGTH - 1, b' ');
        text.push(b'\n');
        Ok(text)
    }
}

/// An open witness file, updated as changes become durable.
pub(super) struct WitnessFile {
    file: File,
    witness: Witness,
}

impl WitnessFile {
    /// Records a durable change, without a sync.
    pub(super) fn record_change(&mut self, change: u64) -> io::Result<()> {
        self.witness.changes = self.witness.changes.max(change);
        self.file.rewind()?;
        self.file.write_all(&self.witness.text()?)
    }
}

/// Path of a journal's witness.
pub(super) fn place(journal: &Path) -> PathBuf {
    resolved(journal).with_added_extension("witness")
}

/// Resolves links: a journal has one witness, by whichever link it is opened.
fn resolved(journal: &Path) -> PathBuf {
    fs::canonicalize(journal).unwrap_or_else(|_| journal.to_path_buf())
}

/// Syncs a file's directory: a file is durable only once its directory is.
pub(super) fn sync_directory(journal: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(directory) = journal.parent() {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
