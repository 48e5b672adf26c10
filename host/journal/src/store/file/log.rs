//! The log in front of the database: changes committed since the database was last made durable.
//!
//! A commit of the database costs two syncs and a dozen scattered pages; a record here costs one sync, of adjacent bytes that
//! are already allocated in the file. Records are numbered consecutively and carry a digest each, keyed with the
//! journal's key. None is overwritten before the database has durably applied all of them.
//!
//! An incomplete record is damage, unless it is the last one and its sync never ended. A mark behind the last record says that
//! the sync has ended. The mark itself is not synced: it survives a kill, and a power cut may take it. The next record
//! overwrites the mark, so each sync writes adjacent bytes; a record's presence proves the sync of the one before.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use redb::StorageBackend;

use crate::store::identity::JournalIdentity;

/// Alignment of records: a block written before is never written again with a later record.
const BLOCK: usize = 4096;
/// Offset of the first record.
const FIRST: usize = BLOCK;
/// End of the log.
pub(super) const END: usize = 4 * 1024 * 1024;
/// Lengths of a record's number, its length field, and the digest of both and its content.
const NUMBER: usize = 8;
const LENGTH: usize = 4;
const DIGEST: usize = 32;

/// Log between a file's label and its database.
pub(super) struct Log {
    disk: Arc<dyn StorageBackend>,
    key: [u8; 32],
    /// Number of the last durable change, here or in the database.
    last: u64,
    /// Offset of the next record.
    next: usize,
}

/// Records of a log that its database has not applied.
pub(super) struct Records {
    /// The records in their order.
    pub(super) records: Vec<Vec<u8>>,
    /// Description of what is missing among them.
    pub(super) damage: Option<String>,
}

/// Allocates an empty log.
pub(super) fn prepare(disk: &dyn StorageBackend) -> io::Result<()> {
    if disk.len()? < END as u64 {
        disk.set_len(END as u64)?;
    }
    // Written, not only reserved: a sync is cheaper where the file system has already allocated the bytes. And block by
    // block: Linux may keep what is written at once as one folio, and scan all of its blocks at each write.
    (0..END).step_by(BLOCK).try_for_each(|at| disk.write(at as u64, &[0; BLOCK]))
}

impl Log {
    /// Opens a disk's log; also returns its records after the change of this number, the database's last.
    pub(super) fn open(
        disk: Arc<dyn StorageBackend>,
        identity: JournalIdentity,
        taken: u64,
    ) -> io::Result<(Log, Records)> {
        let key = identity.key();
        let mut bytes = vec![0; END - FIRST];
        disk.read(FIRST as u64, &mut bytes)?;
        let mut last = taken;
        let mut whole: BTreeMap<u64, &[u8]> = BTreeMap::new();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let found = first(rest, &key).filter(|(number, _)| *number > taken);
            let here = found.map(|(number, _)| number).or_else(|| marked(rest, &key));
            last = last.max(here.unwrap_or_default());
            let length = found.map_or(BLOCK, |(_, record)| padded_length(record.len()));
            whole.extend(found);
            rest = rest.get(length..).unwrap_or_default();
        }
        let missing = (taken..last).find(|before| !whole.contains_key(&(before + 1))).map(|before| before + 1);
        let damage = missing.map(|number| {
            format!(
                "its log should have the changes {} to {last} and lacks {number}, so that writes are lost",
                taken + 1
            )
        });
        let is_before = |number: u64| missing.is_none_or(|missing| number < missing);
        let records =
            whole.iter().filter(|(number, _)| is_before(**number)).map(|(_, record)| record.to_vec()).collect();
        Ok((Log { disk, key, last, next: FIRST }, Records { records, damage }))
    }

    /// Whether there is room for such a record, and the mark behind it.
    pub(super) fn has_room(&self, record: &[u8]) -> bool {
        u32::try_from(record.len()).is_ok() && self.next + padded_length(record.len()) + BLOCK <= END
    }

    /// Makes a record durable.
    ///
    /// # Errors
    /// Errors of the disk; then the record may be durable.
    pub(super) fn append(&mut self, record: &[u8]) -> io::Result<()> {
        let last = self.last.checked_add(1).ok_or_else(|| io::Error::other("its changes have no numbers left"))?;
        let number = last.to_le_bytes();
        let length = u32::try_from(record.len()).map_err(io::Error::other)?.to_le_bytes();
        let digest = digest(&self.key, &[&number, &length, record]);
        let mut bytes = Vec::with_capacity(padded_length(record.len()));
        [number.as_slice(), &length, digest.as_bytes(), record].into_iter().for_each(|part| bytes.extend(part));
        bytes.resize(padded_length(record.len()), 0);
        self.disk.write(self.next as u64, &bytes)?;
        self.disk.sync_data()?;
        self.last = last;
        self.next += bytes.len();
        self.mark();
        Ok(())
    }

    /// Number of the last change.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Notes that the database has durably applied all changes up to this one.
    pub(super) fn mark_applied(&mut self, last: u64) {
        (self.last, self.next) = (last, FIRST);
        self.mark();
    }

    /// Writes the mark that all records so far are durable. An error of the disk shows at the next sync.
    fn mark(&self) {
        let number = self.last.to_le_bytes();
        let digest = digest(&self.key, &[b"mark", &number]);
        let bytes = [number.as_slice(), digest.as_bytes()].concat();
        drop(self.disk.write(self.next as u64, &bytes));
    }
}

/// Number of the last change whose sync had ended, by the mark at the beginning of these bytes.
fn marked(bytes: &[u8], key: &[u8; 32]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk::<NUMBER>()?;
    let found = rest.first_chunk::<DIGEST>()?;
    (digest(key, &[b"mark", number]) == *found).then_some(u64::from_le_bytes(*number))
}

/// Number of bytes that such a record takes.
fn padded_length(record: usize) -> usize {
    (NUMBER + LENGTH + DIGEST + record).next_multiple_of(BLOCK)
}

fn digest(key: &[u8; 32], parts: &[&[u8]]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_keyed(key);
    parts.iter().for_each(|part| {
        hasher.update(part);
    });
    hasher.finalize()
}

/// The record at the beginning of these bytes, if there is a whole one.
fn first<'b>(bytes: &'b [u8], key: &[u8; 32]) -> Option<(u64, &'b [u8])> {
    let (number, rest) = bytes.split_first_chunk::<NUMBER>()?;
    let (length, rest) = rest.split_first_chunk::<LENGTH>()?;
    let (found, rest) = rest.split_first_chunk::<DIGEST>()?;
    let record = rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    (digest(key, &[number, length, record]) == *found).then_some((u64::from_le_bytes(*number), record))
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;

    use super::*;

    fn disk() -> (Arc<InMemoryBackend>, JournalIdentity) {
        let disk = Arc::new(InMemoryBackend::new());
        prepare(&*disk).unwrap();
        (disk, JournalIdentity::new())
    }

    /// Records after this change; an error where they are damaged.
    fn found(disk: &Arc<InMemoryBackend>, identity: JournalIdentity, taken: u64) -> Result<Vec<Vec<u8>>, String> {
        let (_, records) = Log::open(disk.clone(), identity, taken).unwrap();
        records.damage.map_or(Ok(records.records), Err)
    }

    /// A log with three records after change 7.
    fn three() -> (Arc<InMemoryBackend>, JournalIdentity) {
        let (disk, identity) = disk();
        let (mut log, _) = Log::open(disk.clone(), identity, 7).unwrap();
        for record in ["one", "two", "three"] {
            log.append(record.as_bytes()).unwrap();
        }
        (disk, identity)
    }

    #[test]
    fn what_the_database_has_not_taken_is_found_again_in_its_order() {
        let (disk, identity) = three();
        assert_eq!(found(&disk, identity, 7).unwrap(), [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
        assert_eq!(found(&disk, identity, 9).unwrap(), [b"three".to_vec()]);
        assert!(found(&disk, identity, 10).unwrap().is_empty());
        assert!(found(&disk, identity, 5).is_err(), "the sixth and the seventh change are missing");
        assert!(found(&disk, JournalIdentity::new(), 7).unwrap().is_empty(), "it is another journal's");
    }

    #[test]
    fn a_log_whose_numbers_are_used_up_is_read_and_takes_no_more() {
        let (disk, identity) = disk();
        let (mut log, _) = Log::open(disk.clone(), identity, u64::MAX - 1).unwrap();
        log.append(b"last").unwrap();
        log.append(b"beyond").unwrap_err();
        assert_eq!(found(&disk, identity, u64::MAX - 1).unwrap(), [b"last".to_vec()]);
        assert!(found(&disk, identity, u64::MAX).unwrap().is_empty());
        assert!(found(&disk, identity, 3).is_err(), "nearly all changes are missing");
    }

    #[test]
    fn records_of_before_the_database_took_them_are_not_found_behind_later_ones() {
        let (disk, identity) = disk();
        let (mut log, _) = Log::open(disk.clone(), identity, 0).unwrap();
        (0..5).for_each(|_| log.append(b"before").unwrap());
        log.mark_applied(5);
        log.append(b"after").unwrap();
        assert_eq!(found(&disk, identity, 5).unwrap(), [b"after".to_vec()]);
    }

    #[test]
    fn a_last_record_whose_sync_never_ended_is_none() {
        let (disk, identity) = three();
        let (mut log, _) = Log::open(disk.clone(), identity, 10).unwrap();
        let record = [1; 10_000];
        let mut begun = vec![0; padded_length(record.len())];
        begun[..8].copy_from_slice(&11_u64.to_le_bytes());
        disk.write(log.next as u64, &begun).unwrap();
        assert!(found(&disk, identity, 10).unwrap().is_empty());
        log.append(&record).unwrap();
        assert_eq!(found(&disk, identity, 10).unwrap(), [record.to_vec()]);
    }

    #[test]
    fn whichever_record_is_damaged_is_missed_the_last_one_too() {
        for place in 0..3 {
            for byte in [0, 8, 12, 44] {
                let (disk, identity) = three();
                let at = (FIRST + place * BLOCK + byte) as u64;
                let mut found_there = [0];
                disk.read(at, &mut found_there).unwrap();
                disk.write(at, &[found_there[0] ^ 1]).unwrap();
                let damage = found(&disk, identity, 7).unwrap_err();
                assert!(damage.contains(&format!("lacks {}", 8 + place)), "{place}, {byte}: {damage}");
            }
        }
    }

    #[test]
    fn a_mark_that_is_damaged_is_none() {
        let (disk, identity) = three();
        disk.write((FIRST + 3 * BLOCK) as u64, &[0; BLOCK]).unwrap();
        assert_eq!(found(&disk, identity, 7).unwrap().len(), 3);
    }

    #[test]
    fn what_the_database_was_seen_to_take_is_missed_where_it_has_it_no_more() {
        let (disk, identity) = three();
        let (mut log, _) = Log::open(disk.clone(), identity, 7).unwrap();
        log.mark_applied(10);
        assert!(found(&disk, identity, 10).unwrap().is_empty());
        assert!(found(&disk, identity, 7).is_err(), "the first record's place is the mark's by now");
    }
}
