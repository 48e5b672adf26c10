//! Repair: copies what can still be read of a damaged journal into a new one.
//!
//! If the database can be read, its contents and the whole records of the log are copied. If not, records are searched for in
//! the bytes themselves: each identifies itself and shows whether it is whole. Whether a later version of such a record
//! existed is unknown, so the gap begins with the journal. In any case the new journal begins a new epoch with a gap: until it
//! is closed, nothing is sent on the basis of a record that may be outdated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, ReadableDatabase as _, StorageBackend};
use serde::{Deserialize, Serialize};
use stockbridge_model::{Timestamp, WriteId};

use super::backend::HeaderWritten;
use super::blocks::{self, Blocks};
use super::label::{self, Found, Label};
use super::overlay::Overlay;
use super::place;
use super::staged::StagedFile;
use super::tables::{Copy, Facts, Tables};
use super::trouble::contained;
use super::trouble::{opening, unopened};
use super::{change, log};
use crate::age::{Age, Stamp};
use crate::framed::{self, Kind, Which, decode};
use crate::record::{Intent, State, WriteStatus};
use crate::store::identity::JournalIdentity;
use crate::store::{Change, StoreError};

/// Bytes searched for records at a time, and their overlap with the next part: no record of a story is longer.
const CHUNK_SIZE: usize = 8 * 1024 * 1024;
const OVERLAP: usize = 4 * 1024 * 1024;

/// Result of the repair of a damaged journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Repaired {
    /// The new journal.
    pub file: PathBuf,
    /// Identity of the new journal.
    pub journal: JournalIdentity,
    /// Damage of the old one; none where none was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Number of writes that could be read.
    pub writes: u64,
    /// Number of writes of which nothing could be read, as far as that is known.
    pub lost: u64,
    /// Time from which its records are uncertain.
    pub gap_from: Timestamp,
}

/// Copies what can be read of a journal into a new one, and leaves the old one unchanged.
pub(crate) fn repair(from: &Path, to: &Path, now: Timestamp) -> Result<Repaired, StoreError> {
    if to.symlink_metadata().is_ok() {
        return Err(StoreError::Exists(to.to_path_buf()));
    }
    let whole = whole(from)?;
    let (staged, new) = StagedFile::create(to)?;
    let label = Label::new();
    log::prepare(&*new).map_err(unopened)?;
    let CopyResult { problem, writes, lost, gap_from } = copy_into(&whole, &new, label, now)?;
    if !staged.publish()? {
        return Err(StoreError::Exists(to.to_path_buf()));
    }
    Ok(Repaired { file: to.to_path_buf(), journal: label.identity, problem, writes, lost, gap_from })
}

/// Number of writes of a damaged journal that can be read.
pub(crate) fn readable(from: &Path) -> Result<u64, StoreError> {
    let whole = whole(from)?;
    match contained(|| ReadableJournal::open(&whole)?.0.count()) {
        Ok(writes) => Ok(writes),
        Err(_) => Ok(carve(&whole)?.intents.len() as u64),
    }
}

/// Bytes of a journal that no host has open, protected from changes.
fn whole(from: &Path) -> Result<Arc<dyn StorageBackend>, StoreError> {
    Ok(Arc::new(Overlay::on(from)?))
}

struct CopyResult {
    problem: Option<String>,
    writes: u64,
    lost: u64,
    gap_from: Timestamp,
}

fn copy_into(
    whole: &Arc<dyn StorageBackend>,
    new: &Arc<dyn StorageBackend>,
    label: Label,
    now: Timestamp,
) -> Result<CopyResult, StoreError> {
    let problem = match contained(|| ReadableJournal::open(whole)) {
        Ok((readable, problem)) => match contained(|| readable.copy_into(new, label, problem.clone(), now)) {
            Ok(copied) => return finish(new, label, copied),
            Err(error) => error,
        },
        Err(StoreError::InUse) => return Err(StoreError::InUse),
        Err(error) => error,
    };
    let records = carve(whole)?;
    // Discards what the first attempt left.
    new.set_len(0).map_err(unopened)?;
    log::prepare(&**new).map_err(unopened)?;
    let copied = records.copy_into(new, label, problem.to_string(), now)?;
    finish(new, label, copied)
}

fn finish(new: &Arc<dyn StorageBackend>, label: Label, copied: CopyResult) -> Result<CopyResult, StoreError> {
    place::write_label(&**new, label).map_err(unopened)?;
    Ok(copied)
}

/// A journal whose database can be read, and whose log may be incomplete.
struct ReadableJournal {
    database: Database,
    changes: Vec<Change>,
}

impl ReadableJournal {
    /// Opens it; also returns its damage.
    fn open(whole: &Arc<dyn StorageBackend>) -> Result<(ReadableJournal, Option<String>), StoreError> {
        let Found::Journal(label) = label::found(&**whole).map_err(unopened)? else {
            return Err(StoreError::Damaged("its beginning is not that of a journal".to_owned()));
        };
        let blocks = Blocks::of(whole.clone(), label.begin, label.identity, HeaderWritten::default());
        let damage = blocks.damage();
        let or_damage = |error: StoreError| damage.found().map_or(error, StoreError::Damaged);
        let database = Database::builder().create_with_backend(blocks).map_err(opening).map_err(or_damage)?;
        let taken = database.begin_read().map_err(redb::Error::from).and_then(|read| Tables::taken(&read));
        let taken = taken.map_err(|error| or_damage(StoreError::Damaged(error.to_string())))?;
        let (_, found) = log::Log::open(whole.clone(), label.identity, taken).map_err(unopened)?;
        let changes = found.records.iter().map(|record| change::decode(record)).collect::<Result<Vec<_>, _>>()?;
        let changes = changes.into_iter().flatten().collect();
        Ok((ReadableJournal { database, changes }, found.damage))
    }

    fn count(&self) -> Result<u64, StoreError> {
        let failed = |error: redb::Error| StoreError::Damaged(error.to_string());
        let read = self.database.begin_read().map_err(|error| failed(error.into()))?;
        let known = Tables::writes(&read).map_err(failed)?;
        let later = self.changes.iter().filter(|change| change.intent.is_some()).map(|change| change.id.0);
        Ok(known.into_iter().chain(later).collect::<std::collections::BTreeSet<_>>().len() as u64)
    }

    fn copy_into(
        &self,
        new: &Arc<dyn StorageBackend>,
        label: Label,
        problem: Option<String>,
        now: Timestamp,
    ) -> Result<CopyResult, StoreError> {
        let failed = |error: redb::Error| StoreError::Damaged(error.to_string());
        let read = self.database.begin_read().map_err(|error| failed(error.into()))?;
        let mut gap_from = now;
        place::make_database(new, label, |tables| {
            tables.take_from(&read)?;
            tables.apply(&self.changes)?;
            let facts = tables.facts()?;
            // What is missing from its log came after its latest record.
            gap_from = tables.stamp()?.map_or(now, |stamp| stamp.at);
            tables.put_facts(&Facts { openings: 0, copied: Some(Copy::Repair { from: gap_from }), ..facts })
        })?;
        Ok(CopyResult { problem, writes: self.count()?, lost: 0, gap_from })
    }
}

/// Records found in the bytes of a journal: the latest of each.
#[derive(Default)]
struct CarvedRecords {
    identity: Option<JournalIdentity>,
    intents: BTreeMap<WriteId, Vec<u8>>,
    statuses: BTreeMap<WriteId, (WriteStatus, Vec<u8>)>,
    events: BTreeMap<(WriteId, u32), Vec<u8>>,
}

/// Searches for records in the log, and in the blocks of the database in their order.
fn carve(whole: &Arc<dyn StorageBackend>) -> Result<CarvedRecords, StoreError> {
    let begin = match label::found(&**whole).map_err(unopened)? {
        Found::Journal(label) => label.begin,
        _ => log::END as u64,
    };
    let mut records = CarvedRecords { identity: blocks::owner(&**whole, begin), ..CarvedRecords::default() };
    let len = whole.len().map_err(unopened)?;
    let mut bytes = Vec::with_capacity(CHUNK_SIZE + OVERLAP);
    let mut search = |run: (u64, u64), bytes: &mut Vec<u8>| -> Result<(), StoreError> {
        let (mut at, end) = run;
        while at < end {
            let length = usize::try_from(end - at).unwrap_or(CHUNK_SIZE).min(CHUNK_SIZE);
            let before = bytes.len();
            bytes.resize(before + length, 0);
            if let Some(read) = bytes.get_mut(before..) {
                whole.read(at, read).map_err(unopened)?;
            }
            records.search(bytes);
            bytes.drain(..bytes.len().saturating_sub(OVERLAP));
            at += length as u64;
        }
        Ok(())
    };
    search((0, len.min(log::END as u64)), &mut bytes)?;
    bytes.clear();
    for run in blocks::runs(begin, len) {
        search(run, &mut bytes)?;
    }
    Ok(records)
}

impl CarvedRecords {
    fn search(&mut self, bytes: &[u8]) {
        for (Which { id, kind }, record) in framed::found(bytes) {
            match kind {
                Kind::Intent => drop(self.intents.insert(id, record.to_vec())),
                Kind::Event(place) => drop(self.events.insert((id, place), record.to_vec())),
                Kind::WriteStatus => {
                    let Ok(status) = decode::<WriteStatus>(record) else { continue };
                    let later = self.statuses.get(&id).is_none_or(|(known, _)| precedes(known, &status));
                    if later {
                        self.statuses.insert(id, (status, record.to_vec()));
                    }
                }
            }
        }
    }

    fn copy_into(
        &self,
        new: &Arc<dyn StorageBackend>,
        label: Label,
        problem: String,
        now: Timestamp,
    ) -> Result<CopyResult, StoreError> {
        // Of two writes of one name, the earlier was forgotten before the later was created.
        let named: BTreeMap<Vec<u8>, WriteId> = self
            .intents
            .iter()
            .filter(|(id, _)| self.statuses.contains_key(id))
            .filter_map(|(id, intent)| Some((decode::<Intent>(intent).ok()?.name().key(), *id)))
            .collect();
        let known = named.values();
        let writes = known.len() as u64;
        let every = self.intents.keys().chain(self.statuses.keys()).chain(self.events.keys().map(|(id, _)| id));
        let last = every.max().copied();
        let first = self.statuses.values().map(|(status, _)| status.first_sent).min();
        let gap_from = self.identity.and_then(JournalIdentity::made).or(first).unwrap_or(now);
        let age = self.statuses.values().map(|(status, _)| status.since_age).max().unwrap_or_default();
        let epoch = self.statuses.values().map(|(status, _)| status.epoch).max().unwrap_or_default();
        let changes = known.filter_map(|id| self.change(*id, Stamp { age, at: now }));
        place::make_database(new, label, |tables| {
            changes.into_iter().try_for_each(|change| tables.apply([&change]))?;
            tables.put_stamp(Stamp { age, at: now })?;
            if let Some(last) = last {
                // The number of a lost write is not assigned again.
                tables.last_forgotten.insert((), last.0)?;
            }
            tables.put_facts(&Facts { openings: 0, epoch, copied: Some(Copy::Repair { from: gap_from }) })
        })?;
        let lost = last.map_or(0, |last| last.0.saturating_sub(writes));
        Ok(CopyResult { problem: Some(problem), writes, lost, gap_from })
    }

    /// Combines a write's records into a change that creates it.
    fn change(&self, id: WriteId, stamp: Stamp) -> Option<Change> {
        let intent = self.intents.get(&id)?;
        let name = decode::<Intent>(intent).ok()?.name().key();
        let (status, bytes) = self.statuses.get(&id)?;
        // Up to the first missing event: the places of a story have no gaps.
        let story = (0..).map_while(|place| self.events.get(&(id, place)).cloned()).collect();
        Some(Change {
            id,
            stamp,
            intent: Some((name, intent.clone())),
            applications: Vec::new(),
            status: bytes.clone(),
            events: story,
            first_event: 0,
            reopens: None,
            end: status.end(),
            owed: None,
        })
    }
}

/// Whether one status of a write was recorded before another. An applied write stays applied.
fn precedes(one: &WriteStatus, other: &WriteStatus) -> bool {
    let order = |status: &WriteStatus| {
        let applied = matches!(status.state, State::Applied { .. });
        let age: Age = status.since_age;
        (applied, status.epoch, status.events, age)
    };
    order(one) <= order(other)
}
