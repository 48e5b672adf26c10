//! Doors for fuzz targets: what decodes bytes that come from a disk, each with what it decodes to.

use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use redb::StorageBackend;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stockbridge_model::{Timestamp, WriteId};

use super::backend::{CustomDisk, HeaderWritten};
use super::blocks::{self, Blocks};
use super::change;
use super::convert;
use super::label::{self, Found, Label};
use super::log::Log;
use crate::framed::{self, Kind, Which, decode, encode};
use crate::record::{Intent, WriteEvent, WriteStatus};
use crate::store::disk::Disk;
use crate::store::identity::JournalIdentity;

/// What a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordOf {
    /// What was ordered.
    Intent,
    /// How a write stands.
    Status,
    /// What happened to it.
    Event,
}

/// A record that could be read, and what it says in words for a comparison; as it is written now.
pub fn record(of: RecordOf, bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    match of {
        RecordOf::Intent => written_again::<Intent>(Kind::Intent, bytes),
        RecordOf::Status => written_again::<WriteStatus>(Kind::WriteStatus, bytes),
        RecordOf::Event => written_again::<WriteEvent>(Kind::Event(0), bytes),
    }
}

fn written_again<T: DeserializeOwned + Serialize + Debug>(kind: Kind, bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let record: T = decode(bytes).ok()?;
    let again = encode(Which { id: WriteId(1), kind }, &record).ok()?;
    Some((format!("{record:?}"), again))
}

/// Where in these bytes there are records that are whole: by the search of a repair.
pub fn records(bytes: &[u8]) -> Vec<Range<usize>> {
    let at = |record: &[u8]| record.as_ptr().addr() - bytes.as_ptr().addr();
    framed::found(bytes).map(|(_, record)| at(record)..at(record) + record.len()).collect()
}

/// The changes of a record of the log, as they are written.
pub fn changes(record: &[u8]) -> Option<Vec<u8>> {
    Some(change::encode(change::decode(record).ok()?.iter()))
}

/// A disk on which there may be a journal.
#[derive(Clone, Debug)]
pub struct JournalDisk(Arc<dyn StorageBackend>);

/// Who a journal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its identity.
    pub identity: [u8; 16],
    /// When it was made, as its identity says.
    pub made: Option<Timestamp>,
    /// Where its database lies.
    pub begin: u64,
}

impl JournalDisk {
    /// On this disk.
    pub fn new(disk: impl Disk) -> JournalDisk {
        JournalDisk(Arc::new(CustomDisk(Box::new(disk))))
    }

    /// Whose journal there is; none where there is none of this format.
    pub fn owner(&self) -> io::Result<Option<Owner>> {
        Ok(match label::found(&*self.0)? {
            Found::Journal(Label { identity, begin }) => {
                Some(Owner { identity: identity.bytes(), made: identity.made(), begin })
            }
            _ => None,
        })
    }

    /// What its log has behind this change: the records, and what is missing among them.
    pub fn log(&self, owner: Owner, taken: u64) -> io::Result<(Vec<Vec<u8>>, Option<String>)> {
        let (_, found) = Log::open(self.0.clone(), JournalIdentity::of(owner.identity), taken)?;
        Ok((found.records, found.damage))
    }

    /// How many changes a log of the first format has behind this one.
    pub fn first_format(&self, taken: u64) -> io::Result<Option<usize>> {
        Ok(convert::changes(&*self.0, taken)?.map(|changes| changes.len()))
    }

    /// The bytes of its database, as redb would read them.
    pub fn database(&self, owner: Owner) -> JournalDatabase {
        let identity = JournalIdentity::of(owner.identity);
        JournalDatabase(Blocks::of(self.0.clone(), owner.begin, identity, HeaderWritten::default()))
    }

    /// The parts of the disk in which a repair searches for records.
    pub fn searched(&self, owner: Owner) -> io::Result<Vec<(u64, u64)>> {
        Ok(blocks::runs(owner.begin, self.0.len()?).collect())
    }
}

/// The bytes of a journal's database, each block judged as it is read.
#[derive(Debug)]
pub struct JournalDatabase(Blocks);

#[allow(clippy::len_without_is_empty, reason = "it is a disk and no collection")]
impl JournalDatabase {
    /// How many there are.
    pub fn length(&self) -> io::Result<u64> {
        StorageBackend::len(&self.0)
    }

    /// So many bytes from there on.
    pub fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        StorageBackend::read(&self.0, offset, out)
    }

    /// Writes there, and makes it durable.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        StorageBackend::write(&self.0, offset, bytes)?;
        self.0.sync_data()
    }

    /// What was found damaged.
    pub fn damage(&self) -> Option<String> {
        self.0.damage().found()
    }
}
