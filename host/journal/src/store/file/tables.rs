//! Tables of a journal's database, and the application of changes to them.

use std::collections::BTreeSet;

use redb::{ReadTransaction, ReadableTable as _, Table, TableDefinition, TableError, WriteTransaction};
use serde::{Deserialize, Serialize};
use stockbridge_model::{Timestamp, WriteId};

use crate::age::{Age, Stamp};
use crate::application::{Former, MARKER, Row};
use crate::framed::decode;
use crate::gap::Gap;
use crate::record::Intent;
use crate::store::{Change, End};

pub(super) const NAMES: TableDefinition<'_, &[u8], u64> = TableDefinition::new("names");
pub(super) const INTENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("intents");
pub(super) const STATUSES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("standings");
pub(super) const STORIES: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("stories");
/// Times at which the host acts on open writes.
pub(super) const OPEN: TableDefinition<'_, u64, i64> = TableDefinition::new("open");
/// Ended writes, by the age of the journal until which they are needed.
pub(super) const ENDED: TableDefinition<'_, (u64, u64), ()> = TableDefinition::new("ended");
/// Number of the log's last change that is in the other tables.
pub(super) const TAKEN: TableDefinition<'_, (), u64> = TableDefinition::new("taken");
/// Highest number of a forgotten write.
pub(super) const LAST_FORGOTTEN: TableDefinition<'_, (), u64> = TableDefinition::new("last-forgotten");
/// The journal's age, and the clock, at the latest record.
const STAMP: TableDefinition<'_, (), (u64, i64)> = TableDefinition::new("stamp");
/// Facts about the journal itself, as JSON.
const FACTS: TableDefinition<'_, (), &[u8]> = TableDefinition::new("facts");
/// The times of which it has no record, by epoch, as JSON.
const GAPS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("gaps");

/// Applications that links lead to: see [`crate::application`].
pub(super) const APPLICATIONS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("applications");

/// Stands for "never" where a time is required.
pub(super) const NEVER: i64 = i64::MAX;
/// Maximum number of writes forgotten in one transaction.
const MAX_FORGOTTEN: usize = 1000;

/// Facts about a journal itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Facts {
    /// Number of openings.
    pub(super) openings: u64,
    /// How often it was restored or repaired.
    pub(super) epoch: u32,
    /// Origin of a copy that no host has opened yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) copied: Option<Copy>,
}

/// Origin of a copy, and the time from which it has no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Copy {
    Backup { at: Timestamp },
    Repair { from: Timestamp },
}

/// Copies every row of a table that is read into one that is written.
macro_rules! rows {
    ($read:expr, $table:expr, $into:expr) => {
        for row in $read.open_table($table)?.iter()? {
            let (key, value) = row?;
            $into.insert(key.value(), value.value())?;
        }
    };
}

/// All tables, in one transaction.
pub(super) struct Tables<'t> {
    pub(super) names: Table<'t, &'static [u8], u64>,
    pub(super) intents: Table<'t, u64, &'static [u8]>,
    pub(super) statuses: Table<'t, u64, &'static [u8]>,
    pub(super) stories: Table<'t, (u64, u32), &'static [u8]>,
    pub(super) open: Table<'t, u64, i64>,
    pub(super) ended: Table<'t, (u64, u64), ()>,
    taken: Table<'t, (), u64>,
    pub(super) last_forgotten: Table<'t, (), u64>,
    stamp: Table<'t, (), (u64, i64)>,
    facts: Table<'t, (), &'static [u8]>,
    gaps: Table<'t, u32, &'static [u8]>,
    applications: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> Tables<'t> {
    pub(super) fn of(transaction: &'t WriteTransaction) -> Result<Tables<'t>, TableError> {
        Ok(Tables {
            names: transaction.open_table(NAMES)?,
            intents: transaction.open_table(INTENTS)?,
            statuses: transaction.open_table(STATUSES)?,
            stories: transaction.open_table(STORIES)?,
            open: transaction.open_table(OPEN)?,
            ended: transaction.open_table(ENDED)?,
            taken: transaction.open_table(TAKEN)?,
            last_forgotten: transaction.open_table(LAST_FORGOTTEN)?,
            stamp: transaction.open_table(STAMP)?,
            facts: transaction.open_table(FACTS)?,
            gaps: transaction.open_table(GAPS)?,
            applications: transaction.open_table(APPLICATIONS)?,
        })
    }

    /// Number of the log's last change that is in the tables.
    pub(super) fn taken(read: &ReadTransaction) -> Result<u64, redb::Error> {
        match read.open_table(TAKEN) {
            Ok(taken) => Ok(taken.get(())?.map_or(0, |number| number.value())),
            Err(TableError::TableDoesNotExist(_)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Number of the write of this name.
    pub(super) fn find(read: &ReadTransaction, name: &[u8]) -> Result<Option<WriteId>, redb::Error> {
        Ok(read.open_table(NAMES)?.get(name)?.map(|id| WriteId(id.value())))
    }

    /// Records that the tables have all changes up to this one.
    pub(super) fn put_taken(&mut self, number: u64) -> Result<(), redb::Error> {
        self.taken.insert((), number)?;
        Ok(())
    }

    /// Applies these changes, in their order.
    pub(super) fn apply<'c>(&mut self, changes: impl IntoIterator<Item = &'c Change>) -> Result<(), redb::Error> {
        let mut latest: Option<Stamp> = None;
        for change in changes {
            self.apply_one(change)?;
            let age = latest.map_or(change.stamp.age, |stamp| stamp.age.max(change.stamp.age));
            latest = Some(Stamp { age, at: change.stamp.at });
        }
        latest.map_or(Ok(()), |stamp| self.put_stamp(stamp))
    }

    fn apply_one(&mut self, change: &Change) -> Result<(), redb::Error> {
        let id = change.id.0;
        if let Some((name, intent)) = &change.intent {
            self.names.insert(name.as_slice(), id)?;
            self.intents.insert(id, intent.as_slice())?;
        } else if self.intents.get(id)?.is_none() {
            return Ok(());
        }
        self.put_applications(&change.applications)?;
        self.statuses.insert(id, change.status.as_slice())?;
        for (place, event) in (change.first_event..).zip(&change.events) {
            self.stories.insert((id, place), event.as_slice())?;
        }
        if let Some(needed_until) = change.reopens {
            self.ended.remove((needed_until.as_millis(), id))?;
        }
        match change.end {
            End::Open(due) => {
                self.open.insert(id, due.map_or(NEVER, Timestamp::as_millis))?;
            }
            End::Ended { needed_until } => {
                self.open.remove(id)?;
                self.ended.insert((needed_until.as_millis(), id), ())?;
            }
        }
        Ok(())
    }

    /// Records the journal's age, which never decreases, and the clock.
    pub(super) fn put_stamp(&mut self, stamp: Stamp) -> Result<(), redb::Error> {
        let age = self.stamp.get(())?.map_or(0, |stamp| stamp.value().0);
        self.stamp.insert((), (age.max(stamp.age.as_millis()), stamp.at.as_millis()))?;
        Ok(())
    }

    pub(super) fn stamp(&self) -> Result<Option<Stamp>, redb::Error> {
        Ok(self.stamp.get(())?.map(|stamp| {
            let (age, at) = stamp.value();
            Stamp { age: Age::from_millis(age), at: Timestamp::from_millis(at) }
        }))
    }

    pub(super) fn facts(&self) -> Result<Facts, redb::Error> {
        let facts = self.facts.get(())?.map(|facts| serde_json::from_slice(facts.value()));
        facts.transpose().map(Option::unwrap_or_default).map_err(corrupted)
    }

    pub(super) fn put_facts(&mut self, facts: &Facts) -> Result<(), redb::Error> {
        self.facts.insert((), serde_json::to_vec(facts).map_err(corrupted)?.as_slice())?;
        Ok(())
    }

    pub(super) fn gaps(&self) -> Result<Vec<Gap>, redb::Error> {
        self.gaps.iter()?.map(|gap| serde_json::from_slice(gap?.1.value()).map_err(corrupted)).collect()
    }

    pub(super) fn put_gap(&mut self, gap: &Gap) -> Result<(), redb::Error> {
        self.gaps.insert(gap.epoch, serde_json::to_vec(gap).map_err(corrupted)?.as_slice())?;
        Ok(())
    }

    pub(super) fn put_applications(&mut self, rows: &[Row]) -> Result<(), redb::Error> {
        for Row { key, value } in rows {
            self.applications.insert(key.as_slice(), value.as_slice())?;
        }
        Ok(())
    }

    /// Records the former applications in writes of earlier versions. All writes are read once for that.
    pub(super) fn record_former(&mut self) -> Result<(), redb::Error> {
        if self.applications.get(MARKER)?.is_some() {
            return Ok(());
        }
        let mut rows = BTreeSet::new();
        for intent in self.intents.iter()? {
            // An unreadable record is damage, which is reported where the record is read.
            let Ok(intent) = decode::<Intent>(intent?.1.value()) else { continue };
            if intent.origins.is_none() {
                let Intent { account, provider, application, .. } = &intent;
                rows.insert(Row::from(Former { account, provider, application: *application }));
            }
        }
        self.put_applications(&rows.into_iter().collect::<Vec<_>>())?;
        self.applications.insert(MARKER, [].as_slice())?;
        Ok(())
    }

    /// Forgets some of the writes that were last needed before this age.
    pub(super) fn forget(&mut self, since: Age) -> Result<usize, redb::Error> {
        let mut gone = Vec::new();
        for write in self.ended.range(..(since.as_millis(), 0))?.take(MAX_FORGOTTEN) {
            gone.push(write?.0.value());
        }
        let last = self.last_forgotten.get(())?.map(|id| id.value());
        if let Some(last) = gone.iter().map(|(_, id)| *id).chain(last).max() {
            self.last_forgotten.insert((), last)?;
        }
        for (needed_until, id) in &gone {
            self.ended.remove((*needed_until, *id))?;
            self.statuses.remove(id)?;
            self.stories.retain_in((*id, 0)..=(*id, u32::MAX), |_, _| false)?;
            let name = self.intents.remove(id)?.and_then(|intent| decode::<Intent>(intent.value()).ok());
            if let Some(name) = name.map(|intent| intent.name().key()) {
                // In a repaired journal another write may have the name by now.
                let named = self.names.get(name.as_slice())?.map(|named| named.value());
                if named == Some(*id) {
                    self.names.remove(name.as_slice())?;
                }
            }
        }
        Ok(gone.len())
    }
}

/// Error of a record that is whole and has invalid contents.
fn corrupted(error: serde_json::Error) -> redb::Error {
    redb::Error::Corrupted(error.to_string())
}

impl Tables<'_> {
    /// Facts about the journal itself, as they were when the read transaction began.
    pub(super) fn read_facts(read: &ReadTransaction) -> Result<Facts, redb::Error> {
        let facts = read.open_table(FACTS)?.get(())?.map(|facts| serde_json::from_slice(facts.value()));
        facts.transpose().map(Option::unwrap_or_default).map_err(corrupted)
    }

    /// Numbers of all writes.
    pub(super) fn writes(read: &ReadTransaction) -> Result<Vec<u64>, redb::Error> {
        read.open_table(INTENTS)?.iter()?.map(|write| Ok(write?.0.value())).collect()
    }

    /// Copies everything that existed when the read transaction began, except the position in the log.
    pub(super) fn take_from(&mut self, read: &ReadTransaction) -> Result<(), redb::Error> {
        rows!(read, NAMES, self.names);
        rows!(read, INTENTS, self.intents);
        rows!(read, STATUSES, self.statuses);
        rows!(read, STORIES, self.stories);
        rows!(read, OPEN, self.open);
        rows!(read, ENDED, self.ended);
        rows!(read, LAST_FORGOTTEN, self.last_forgotten);
        rows!(read, STAMP, self.stamp);
        rows!(read, FACTS, self.facts);
        rows!(read, GAPS, self.gaps);
        rows!(read, APPLICATIONS, self.applications);
        Ok(())
    }
}
