//! Conversion of journals of the first format when they are opened.
//!
//! A file is written anew beside itself and then replaces itself, so that it has one format or the other at every moment. On a
//! disk of the application the new database follows the old one, and the label that says so is written last. The
//! first format has no age: ended writes begin to age now.

use std::fs;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use stockbridge_model::{Timestamp, WriteId};

use crate::LOG_TARGET;
use redb::{
    BackendError, Database, ReadTransaction, ReadableDatabase as _, ReadableTable as _, StorageBackend,
    TableDefinition, TableError,
};

use super::blocks::BLOCK;
use super::label::Label;
use super::log;
use super::overlay::Overlay;
use super::place;
use super::staged::StagedFile;
use super::tables::{INTENTS, LAST_FORGOTTEN, NAMES, OPEN, STATUSES, STORIES, Tables};
use super::trouble::contained;
use super::trouble::{opening, unopened};
use crate::age::{Age, Stamp};
use crate::framed::{Kind, Which, renewed};
use crate::store::{Change, End, StoreError};

/// Ended writes, by the clock's time until which they were needed.
const ENDED_1: TableDefinition<'_, (i64, u64), ()> = TableDefinition::new("ended");
/// Offset of the log's first record.
const FIRST: usize = BLOCK;

/// Converts a file of the first format in place.
pub(super) fn file(old: &Arc<dyn StorageBackend>, path: &Path) -> Result<(), StoreError> {
    // If the path is a link, the file that it leads to.
    let path = &fs::canonicalize(path).map_err(unopened)?;
    let before = Before::open(old)?;
    let (staged, new) = StagedFile::create(path)?;
    let label = Label::new();
    log::prepare(&*new).map_err(unopened)?;
    before.copied(&new, label)?;
    place::write_label(&*new, label).map_err(unopened)?;
    staged.replace()?;
    tracing::info!(target: LOG_TARGET, journal = %path.display(), "the journal was converted to the format of this version");
    Ok(())
}

/// Converts a disk of the first format.
pub(super) fn disk(old: &Arc<dyn StorageBackend>) -> Result<Label, StoreError> {
    let before = Before::open(old)?;
    let begin = old.len().map_err(unopened)?.next_multiple_of(BLOCK as u64);
    let label = Label { begin, ..Label::new() };
    before.copied(old, label)?;
    place::write_label(&**old, label).map_err(unopened)?;
    Ok(label)
}

/// A journal of the first format.
struct Before {
    database: Database,
    /// Changes in its log that its database lacks.
    changes: Vec<Change>,
}

impl Before {
    fn open(whole: &Arc<dyn StorageBackend>) -> Result<Before, StoreError> {
        contained(|| {
            // Protected from changes: what redb cleans up when it opens and closes it would collide with the new one.
            let behind = Behind(Arc::new(Overlay::over(whole.clone())));
            let database = Database::builder().create_with_backend(behind).map_err(opening)?;
            let read = database.begin_read().map_err(|error| failed(error.into()))?;
            let taken = Tables::taken(&read).map_err(failed)?;
            drop(read);
            let changes = changes(&**whole, taken).map_err(unopened)?.ok_or_else(|| {
                StoreError::Damaged("changes are missing between its log and its database".to_owned())
            })?;
            Ok(Before { database, changes })
        })
    }

    /// Creates a database of the current format there, with all contents of this one.
    fn copied(&self, whole: &Arc<dyn StorageBackend>, label: Label) -> Result<(), StoreError> {
        let read = contained(|| self.database.begin_read().map_err(|error| failed(error.into())))?;
        place::make_database(whole, label, |tables| {
            copy(&read, tables)?;
            tables.apply(&self.changes)
        })
    }
}

fn failed(error: redb::Error) -> StoreError {
    StoreError::Damaged(error.to_string())
}

/// Visits a table's rows; none where the table does not exist.
macro_rules! each {
    ($read:expr, $table:expr, $do:expr) => {
        match $read.open_table($table) {
            Ok(table) => {
                for row in table.iter()? {
                    let (key, value) = row?;
                    $do(key.value(), value.value())?;
                }
            }
            Err(TableError::TableDoesNotExist(_)) => {}
            Err(error) => return Err(error.into()),
        }
    };
}

fn copy(read: &ReadTransaction, tables: &mut Tables<'_>) -> Result<(), redb::Error> {
    let record = |id, kind| Which { id: WriteId(id), kind };
    each!(read, NAMES, |name: &[u8], id: u64| tables.names.insert(name, id).map(drop));
    each!(read, INTENTS, |id: u64, intent: &[u8]| {
        tables.intents.insert(id, renewed(record(id, Kind::Intent), intent).as_slice()).map(drop)
    });
    each!(read, STATUSES, |id: u64, status: &[u8]| {
        tables.statuses.insert(id, renewed(record(id, Kind::WriteStatus), status).as_slice()).map(drop)
    });
    each!(read, STORIES, |(id, place): (u64, u32), event: &[u8]| {
        tables.stories.insert((id, place), renewed(record(id, Kind::Event(place)), event).as_slice()).map(drop)
    });
    each!(read, OPEN, |id: u64, due: i64| tables.open.insert(id, due).map(drop));
    each!(read, ENDED_1, |(_, id): (i64, u64), ()| tables.ended.insert((0, id), ()).map(drop));
    each!(read, LAST_FORGOTTEN, |(), id: u64| tables.last_forgotten.insert((), id).map(drop));
    Ok(())
}

/// Changes in a log of the first format after this one; none where something is missing.
pub(super) fn changes(whole: &dyn StorageBackend, taken: u64) -> io::Result<Option<Vec<Change>>> {
    let mut bytes = vec![0; log::END - FIRST];
    whole.read(FIRST as u64, &mut bytes)?;
    let (mut rest, mut last, mut changes) = (bytes.as_slice(), None, Some(Vec::new()));
    while let Some((number, record)) =
        first(rest).filter(|(number, _)| last.is_none_or(|last: u64| last.checked_add(1) == Some(*number)))
    {
        let continues = last.is_some() || number <= taken.saturating_add(1);
        if number > taken {
            let read = read(record).filter(|_| continues);
            changes = changes.zip(read).map(|(before, read)| before.into_iter().chain(read).collect());
        }
        last = Some(number);
        rest = rest.get((8 + 4 + 32 + record.len()).next_multiple_of(BLOCK)..).unwrap_or_default();
    }
    Ok(changes)
}

fn first(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (found, rest) = rest.split_first_chunk::<32>()?;
    let record = rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    let digest = blake3::Hasher::new().update(number).update(length).update(record).finalize();
    (digest == *found).then_some((u64::from_le_bytes(*number), record))
}

/// Decodes the changes of a record, converted to the current format.
fn read(mut bytes: &[u8]) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    while !bytes.is_empty() {
        changes.push(change(&mut bytes)?);
    }
    Some(changes)
}

fn change(bytes: &mut &[u8]) -> Option<Change> {
    let id = WriteId(number(bytes)?);
    let record = |kind| Which { id, kind };
    let intent = match byte(bytes)? {
        0 => None,
        _ => Some((text(bytes)?, renewed(record(Kind::Intent), &text(bytes)?))),
    };
    let status = renewed(record(Kind::WriteStatus), &text(bytes)?);
    let first_event = u32::from_le_bytes(taken(bytes)?);
    let behind = first_event.checked_add(u32::try_from(number(bytes)?).ok()?)?;
    let events = (first_event..behind).map(|place| Some(renewed(record(Kind::Event(place)), &text(bytes)?)));
    let events = events.collect::<Option<Vec<_>>>()?;
    let reopens = if byte(bytes)? == 0 { None } else { number(bytes).map(|_| Age::default()) };
    let end = match byte(bytes)? {
        2 if byte(bytes)? == 0 => End::Open(None),
        2 => End::Open(Some(Timestamp::from_millis(i64::from_le_bytes(taken(bytes)?)))),
        _ => {
            number(bytes)?;
            End::Ended { needed_until: Age::default() }
        }
    };
    let stamp = Stamp { age: Age::default(), at: Timestamp::now() };
    Some(Change { id, stamp, intent, applications: Vec::new(), status, events, first_event, reopens, end, owed: None })
}

fn taken<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

fn byte(bytes: &mut &[u8]) -> Option<u8> {
    taken::<1>(bytes).map(|[byte]| byte)
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    taken(bytes).map(u64::from_le_bytes)
}

fn text(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(number(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    let text = text.to_vec();
    *bytes = rest;
    Some(text)
}

/// The database of the first format: the bytes after the log.
#[derive(Debug)]
struct Behind(Arc<dyn StorageBackend>);

impl Behind {
    const BEGIN: u64 = log::END as u64;
}

impl StorageBackend for Behind {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len()?.saturating_sub(Behind::BEGIN))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(Behind::BEGIN + offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(Behind::BEGIN + len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(Behind::BEGIN + offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }
}
