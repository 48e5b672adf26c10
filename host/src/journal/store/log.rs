//! The log in front of the database: what was committed since the database was last made durable.
//!
//! A commit of the database costs two syncs and a dozen scattered pages; a record here costs one sync, of bytes that lie
//! together and are in the file already. Records are numbered without a gap and carry a digest each, so that a start finds
//! where they end. None is written over before the database has durably taken all of them.

use std::io;
use std::sync::Arc;

use redb::StorageBackend;

/// What a file begins with.
const MAGIC: [u8; 24] = *b"stockbridge journal 1\r\n\0";
/// Records begin at a multiple of this: what was written before is never written again with them.
const BLOCK: usize = 4096;
/// Where the first one begins.
const FIRST: usize = BLOCK;
/// Where the log ends, and the database begins.
pub(super) const END: usize = 4 * 1024 * 1024;
/// A record's number and length, and the digest of both and what is in it.
const NUMBER: usize = 8;
const LENGTH: usize = 4;
const DIGEST: usize = 32;

/// The records between a file's beginning and its database.
pub(super) struct Log {
    disk: Arc<dyn StorageBackend>,
    /// The number of the last record.
    last: u64,
    /// Where the next one begins.
    next: usize,
}

/// Makes a disk that is empty one with a log, and sees whether another one has it.
pub(super) fn prepare(disk: &dyn StorageBackend) -> io::Result<()> {
    let length = disk.len()?;
    let mut found = [0; MAGIC.len()];
    if length > 0 {
        disk.read(0, &mut found).map_err(|_| no_journal())?;
    }
    if found == MAGIC && length >= END as u64 {
        return Ok(());
    }
    // One that was being made when the process ended has a part of this, zeros, and no database.
    let mut all = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(END)];
    disk.read(0, &mut all)?;
    let mut begun = all.iter().zip(MAGIC.into_iter().chain(std::iter::repeat(0)));
    if length > END as u64 || !begun.all(|(found, made)| *found == made || *found == 0) {
        return Err(no_journal());
    }
    disk.set_len(END as u64)?;
    // Written and not only reserved: where a file system has a place for the bytes already, a sync is the cheaper.
    disk.write(FIRST as u64, &vec![0; END - FIRST])?;
    disk.write(0, &MAGIC)?;
    disk.sync_data()
}

fn no_journal() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is no journal of this version of Stockbridge")
}

impl Log {
    /// The log of a disk, and what it has that came after the record of this number, the last that the database has.
    pub(super) fn open(disk: Arc<dyn StorageBackend>, taken: u64) -> io::Result<(Log, Vec<Vec<u8>>)> {
        let mut bytes = vec![0; END - FIRST];
        disk.read(FIRST as u64, &mut bytes)?;
        let (mut rest, mut last, mut records) = (bytes.as_slice(), None, Vec::new());
        while let Some((number, record)) = first(rest).filter(|(number, _)| last.is_none_or(|last| last + 1 == *number))
        {
            if number > taken {
                records.push(record.to_vec());
            }
            last = Some(number);
            rest = rest.get(occupied(record.len())..).unwrap_or_default();
        }
        let last = last.unwrap_or(taken);
        if last.saturating_sub(taken) != records.len() as u64 {
            let problem = "records are missing between its log and its database";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok((Log { disk, last: last.max(taken), next: FIRST }, records))
    }

    /// Whether it has room for such a record.
    pub(super) fn has_room(&self, record: &[u8]) -> bool {
        u32::try_from(record.len()).is_ok() && self.next + occupied(record.len()) <= END
    }

    /// Makes a record durable.
    ///
    /// # Errors
    /// As the disk has them; then it may be durable.
    pub(super) fn append(&mut self, record: &[u8]) -> io::Result<()> {
        let number = (self.last + 1).to_le_bytes();
        let length = u32::try_from(record.len()).map_err(io::Error::other)?.to_le_bytes();
        let digest = digest(&number, &length, record);
        let mut bytes = Vec::with_capacity(occupied(record.len()));
        [number.as_slice(), &length, digest.as_bytes(), record].into_iter().for_each(|part| bytes.extend(part));
        bytes.resize(occupied(record.len()), 0);
        self.disk.write(self.next as u64, &bytes)?;
        self.disk.sync_data()?;
        self.last += 1;
        self.next += bytes.len();
        Ok(())
    }

    /// The number of the last record.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// The database has durably taken all of it.
    pub(super) fn is_taken(&mut self) {
        self.next = FIRST;
    }
}

/// How many bytes such a record takes.
fn occupied(record: usize) -> usize {
    (NUMBER + LENGTH + DIGEST + record).next_multiple_of(BLOCK)
}

fn digest(number: &[u8], length: &[u8], record: &[u8]) -> blake3::Hash {
    blake3::Hasher::new().update(number).update(length).update(record).finalize()
}

/// The record at the beginning of these bytes, if there is a whole one.
fn first(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<NUMBER>()?;
    let (length, rest) = rest.split_first_chunk::<LENGTH>()?;
    let (found, rest) = rest.split_first_chunk::<DIGEST>()?;
    let record = rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    (digest(number, length, record) == *found).then_some((u64::from_le_bytes(*number), record))
}

#[cfg(test)]
mod tests {
    use redb::backends::InMemoryBackend;

    use super::*;

    fn disk() -> Arc<InMemoryBackend> {
        let disk = Arc::new(InMemoryBackend::new());
        prepare(&*disk).unwrap();
        disk
    }

    #[test]
    fn what_the_database_has_not_taken_is_found_again_in_its_order() {
        let disk = disk();
        let (mut log, found) = Log::open(disk.clone(), 7).unwrap();
        assert!(found.is_empty());
        for record in ["one", "two", "three"] {
            log.append(record.as_bytes()).unwrap();
        }
        let (again, found) = Log::open(disk.clone(), 7).unwrap();
        assert_eq!((again.last(), found), (10, vec![b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]));
        assert_eq!(Log::open(disk.clone(), 9).unwrap().1, [b"three".to_vec()]);
        assert!(Log::open(disk.clone(), 10).unwrap().1.is_empty());
        assert!(Log::open(disk, 5).is_err(), "the sixth and the seventh record are missing");
    }

    #[test]
    fn records_of_before_the_database_took_them_are_not_found_behind_later_ones() {
        let disk = disk();
        let (mut log, _) = Log::open(disk.clone(), 0).unwrap();
        (0..5).for_each(|_| log.append(b"before").unwrap());
        log.is_taken();
        log.append(b"after").unwrap();
        assert_eq!(Log::open(disk, 5).unwrap().1, [b"after".to_vec()]);
    }

    #[test]
    fn a_record_that_did_not_come_whole_to_the_disk_is_none() {
        let disk = disk();
        let (mut log, _) = Log::open(disk.clone(), 0).unwrap();
        log.append(b"whole").unwrap();
        let cut = log.next as u64 + 5000;
        log.append(&[1; 10_000]).unwrap();
        disk.write(cut, &[0]).unwrap();
        assert_eq!(Log::open(disk, 0).unwrap().1, [b"whole".to_vec()]);
    }

    #[test]
    fn what_is_no_journal_is_refused_and_one_that_was_being_made_is_made() {
        let letter = InMemoryBackend::new();
        letter.set_len(30).unwrap();
        letter.write(0, b"this is a letter, and no journ").unwrap();
        assert!(prepare(&letter).is_err());
        let begun = InMemoryBackend::new();
        begun.set_len(END as u64).unwrap();
        begun.write(0, b"stock").unwrap();
        prepare(&begun).unwrap();
        prepare(&begun).unwrap();
    }
}
