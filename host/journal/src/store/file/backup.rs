//! Backups of a journal, and verification.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use redb::{ReadTransaction, ReadableTable as _, ReadableTableMetadata as _};
use stockbridge_model::{Timestamp, WriteId};

use super::backend::HeaderWritten;
use super::journal_file::JournalFile;
use super::label::Label;
use super::log;
use super::log_and_db::LogAndDb;
use super::place;
use super::staged::StagedFile;
use super::tables::{Copy, Facts, INTENTS, NAMES, STATUSES, STORIES, Tables};
use super::trouble::{contained, unopened};
use crate::framed::{Kind, Which, decode_as};
use crate::record::{Intent, WriteEvent, WriteStatus};
use crate::store::disk::Backing;
use crate::store::identity::JournalIdentity;
use crate::store::{Copied, StoreError, Verified};

/// Writes a copy of an open journal's current contents into a new file. The copy is itself a journal: put in the journal's
/// place, it begins a new epoch.
pub(super) fn write(opened: &JournalFile, to: &Path, now: Timestamp) -> Result<Copied, StoreError> {
    let identity = opened.identity().ok_or(StoreError::Closed)?;
    if to.symlink_metadata().is_ok() {
        return Err(StoreError::Exists(to.to_path_buf()));
    }
    let (staged, backend) = StagedFile::create(to)?;
    let label = Label { identity, ..Label::new() };
    let written = opened.read(|read| {
        Ok({
            let made = log::prepare(&*backend).map_err(unopened).and_then(|()| {
                place::make_database(&backend, label, |tables| {
                    tables.take_from(read)?;
                    let facts = tables.facts()?;
                    tables.put_facts(&Facts { copied: Some(Copy::Backup { at: now }), ..facts })
                })
            });
            let written = made.and_then(|()| place::write_label(&*backend, label).map_err(unopened));
            written.and_then(|()| count(read).map_err(|error| StoreError::Unreadable(error.to_string())))
        })
    });
    drop(backend);
    let writes = written.flatten()?;
    let blake3 = digest(staged.path())?;
    if !staged.publish()? {
        return Err(StoreError::Exists(to.to_path_buf()));
    }
    Ok(Copied { file: to.to_path_buf(), journal: identity, writes, at: now, blake3 })
}

fn count(read: &ReadTransaction) -> Result<u64, redb::Error> {
    Ok(read.open_table(INTENTS)?.len()?)
}

fn digest(file: &Path) -> Result<String, StoreError> {
    let (mut hasher, mut piece) = (blake3::Hasher::new(), vec![0; 64 * 1024]);
    let mut file = fs::File::open(file)?;
    loop {
        let read = file.read(&mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        unopened(error)
    }
}

/// Reads a whole journal that no host has open, checks its parts against each other, and changes nothing.
pub(crate) fn verify(file: &Path) -> Result<Verified, StoreError> {
    let place = Backing::File(file.to_path_buf()).read_only()?;
    let identity = place.label.identity;
    let seen = contained(|| {
        let both = LogAndDb::open(place, &HeaderWritten::default())?;
        both.read(consistent)
    });
    Ok(verified(file, identity, seen??))
}

/// Verifies an open journal in its current state.
pub(super) fn verify_open(opened: &JournalFile) -> Result<Verified, StoreError> {
    let identity = opened.identity().ok_or(StoreError::Closed)?;
    let file = match &opened.medium {
        Backing::File(file) => file.clone(),
        Backing::Disk(_) => PathBuf::new(),
    };
    Ok(verified(&file, identity, opened.read(consistent)??))
}

fn verified(file: &Path, journal: JournalIdentity, (writes, events, facts): (u64, u64, Facts)) -> Verified {
    let backup_of = facts.copied.and_then(|copy| match copy {
        Copy::Backup { at } => Some(at),
        Copy::Repair { .. } => None,
    });
    Verified { file: file.to_path_buf(), journal, writes, events, backup_of }
}

/// Checks that every record can be read, is the expected one, and has its name; and that every name has its record.
fn consistent(read: &ReadTransaction) -> Result<Result<(u64, u64, Facts), StoreError>, redb::Error> {
    let facts = Tables::read_facts(read)?;
    let damaged = |problem: String| Ok(Err(StoreError::Damaged(problem)));
    let mut named = BTreeMap::new();
    for name in read.open_table(NAMES)?.iter()? {
        let (name, id) = name?;
        named.insert(id.value(), name.value().to_vec());
    }
    let (intents, statuses) = (read.open_table(INTENTS)?, read.open_table(STATUSES)?);
    let mut writes = 0;
    for intent in intents.iter()? {
        let (id, intent) = intent?;
        let id = id.value();
        let record = |kind| Which { id: WriteId(id), kind };
        let intent = match decode_as::<Intent>(record(Kind::Intent), intent.value()) {
            Ok(intent) => intent,
            Err(error) => return damaged(format!("the order of write {id}: {error}")),
        };
        let status = statuses.get(id)?;
        let status = status.map(|bytes| decode_as::<WriteStatus>(record(Kind::WriteStatus), bytes.value()));
        match status {
            Some(Ok(_)) => {}
            Some(Err(error)) => return damaged(format!("the status of write {id}: {error}")),
            None => return damaged(format!("write {id} has no status")),
        }
        if named.remove(&id) != Some(intent.name().key()) {
            return damaged(format!("write {id} cannot be found by its reference"));
        }
        writes += 1;
    }
    if let Some((id, _)) = named.first_key_value() {
        return damaged(format!("a reference belongs to write {id}, which does not exist"));
    }
    let mut events = 0;
    for event in read.open_table(STORIES)?.iter()? {
        let (key, event) = event?;
        let (id, place) = key.value();
        if let Err(error) = decode_as::<WriteEvent>(Which { id: WriteId(id), kind: Kind::Event(place) }, event.value())
        {
            return damaged(format!("the story of write {id}: {error}"));
        }
        events += 1;
    }
    Ok(Ok((writes, events, facts)))
}
