//! Access for fuzz targets to the decoders of bytes from a disk, each with its result.

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

/// Kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordOf {
    /// Order of a write.
    Intent,
    /// Status of a write.
    Status,
    /// Event of a write's history.
    Event,
}

/// Content of a readable record, as text for a comparison, and its bytes when written again.
pub fn record(of: RecordOf, bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    match of {
        RecordOf::Intent => rewritten::<Intent>(Kind::Intent, bytes),
        RecordOf::Status => rewritten::<WriteStatus>(Kind::WriteStatus, bytes),
        RecordOf::Event => rewritten::<WriteEvent>(Kind::Event(0), bytes),
    }
}

fn rewritten<T: DeserializeOwned + Serialize + Debug>(kind: Kind, bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let record: T = decode(bytes).ok()?;
    let bytes = encode(Which { id: WriteId(1), kind }, &record).ok()?;
    Some((format!("{record:?}"), bytes))
}

/// Ranges of the complete records in these bytes, found by a repair's search.
pub fn records(bytes: &[u8]) -> Vec<Range<usize>> {
    let at = |record: &[u8]| record.as_ptr().addr() - bytes.as_ptr().addr();
    framed::found(bytes).map(|(_, record)| at(record)..at(record) + record.len()).collect()
}

/// Changes of a log record, decoded and written again.
pub fn changes(record: &[u8]) -> Option<Vec<u8>> {
    Some(change::encode(change::decode(record).ok()?.iter()))
}

/// Disk that may have a journal.
#[derive(Clone, Debug)]
pub struct JournalDisk(Arc<dyn StorageBackend>);

/// Identity of a journal, and the offset of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Identity of the journal.
    pub identity: [u8; 16],
    /// Creation time, from the identity.
    pub made: Option<Timestamp>,
    /// Offset of the database.
    pub begin: u64,
}

impl JournalDisk {
    /// Journal on this disk.
    pub fn new(disk: impl Disk) -> JournalDisk {
        JournalDisk(Arc::new(CustomDisk(Box::new(disk))))
    }

    /// Owner of the journal; `None` without a journal of the current format.
    pub fn owner(&self) -> io::Result<Option<Owner>> {
        Ok(match label::found(&*self.0)? {
            Found::Journal(Label { identity, begin }) => {
                Some(Owner { identity: identity.bytes(), made: identity.made(), begin })
            }
            _ => None,
        })
    }

    /// Log records after this change, and a description of missing ones.
    pub fn log(&self, owner: Owner, taken: u64) -> io::Result<(Vec<Vec<u8>>, Option<String>)> {
        let (_, found) = Log::open(self.0.clone(), JournalIdentity::of(owner.identity), taken)?;
        Ok((found.records, found.damage))
    }

    /// Number of changes after this one in a log of the first format.
    pub fn first_format(&self, taken: u64) -> io::Result<Option<usize>> {
        Ok(convert::changes(&*self.0, taken)?.map(|changes| changes.len()))
    }

    /// Database bytes, as redb would read them.
    pub fn database(&self, owner: Owner) -> JournalDatabase {
        let identity = JournalIdentity::of(owner.identity);
        JournalDatabase(Blocks::of(self.0.clone(), owner.begin, identity, HeaderWritten::default()))
    }

    /// Parts of the disk in which a repair searches for records.
    pub fn searched(&self, owner: Owner) -> io::Result<Vec<(u64, u64)>> {
        Ok(blocks::runs(owner.begin, self.0.len()?).collect())
    }
}

/// Database bytes of a journal, with each block verified when it is read.
#[derive(Debug)]
pub struct JournalDatabase(Blocks);

impl JournalDatabase {
    /// Number of bytes.
    pub fn length(&self) -> io::Result<u64> {
        StorageBackend::len(&self.0)
    }

    /// Reads as many bytes as `out` has, from `offset` on.
    pub fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        StorageBackend::read(&self.0, offset, out)
    }

    /// Writes at `offset`, and syncs.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        StorageBackend::write(&self.0, offset, bytes)?;
        self.0.sync_data()
    }

    /// Damage found so far.
    pub fn damage(&self) -> Option<String> {
        self.0.damage().found()
    }
}
