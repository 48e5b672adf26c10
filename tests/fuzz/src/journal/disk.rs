//! Disk with an arbitrary journal: damaged, truncated, assembled from others, or with valid digests over content that no host
//! would have written.
//!
//! Reading terminates, and returns the written data or the damage. Data that a host would write next is read back.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arbitrary::{Result, Unstructured};
use stockbridge_journal::Disk;
use stockbridge_journal::testing::{JournalDisk, Owner};

use super::format::{self, BLOCK, GROUP, HEADER, LOG_END, Superblock};
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "journal-disk",
    run,
    seeds,
    words: &["stockbridge journal 1\r\n\0", "stockbridge journal 2\r\n\0", "sb-super"],
};

/// Time limit of a read: four MiB of log take milliseconds.
const TIME_LIMIT: Duration = Duration::from_secs(20);
const IDENTITY: [u8; 16] = [1, 154, 173, 105, 217, 65, 114, 3, 132, 17, 9, 9, 9, 9, 9, 9];

fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(input) = DiskInput::generate(&mut input) else { return };
    let started = Instant::now();
    read(&input);
    assert!(started.elapsed() < TIME_LIMIT, "reading took {:?}", started.elapsed());
}

fn read(input: &DiskInput) {
    let disk = JournalDisk::new(input.disk.clone());
    let found = disk.owner();
    if !input.damaged {
        assert_eq!(found.as_ref().unwrap().map(|owner| owner.identity), Some(IDENTITY));
    }
    drop(disk.first_format(input.last_change));
    // A repair also searches for a journal at its usual place.
    let owner = found.ok().flatten().unwrap_or(Owner { identity: IDENTITY, made: None, begin: LOG_END });
    if let Ok(searched) = disk.searched(owner) {
        assert!(searched.iter().all(|(from, to)| from < to && *to <= input.disk.length()));
    }
    log(&disk, owner, input);
    database(&disk, owner, input);
}

fn log(disk: &JournalDisk, owner: Owner, input: &DiskInput) {
    let Ok((records, damage)) = disk.log(owner, input.last_change) else { return };
    // The records fit into the log.
    assert!(records.iter().map(|record| record.len() as u64).sum::<u64>() <= LOG_END);
    if !input.damaged {
        assert_eq!((records, damage), (input.records.clone(), None));
    }
}

fn database(disk: &JournalDisk, owner: Owner, input: &DiskInput) {
    let database = disk.database(owner);
    let Ok(len) = database.length() else {
        assert!(input.damaged, "{:?}", database.damage());
        return;
    };
    if !input.damaged {
        assert_eq!(len, input.database.len() as u64);
    }
    assert!(len <= input.disk.length().saturating_add(BLOCK as u64), "{len} bytes on {}", input.disk.length());
    let length = usize::try_from(len).unwrap();
    let mut bytes = vec![0; length];
    let mut readable = true;
    for (number, block) in bytes.chunks_mut(BLOCK).enumerate() {
        let read = database.read((number * BLOCK) as u64, block);
        assert!(read.is_ok() || database.damage().is_some(), "block {number} is unreadable without reported damage");
        readable &= read.is_ok();
    }
    if !input.damaged {
        assert!(readable, "{:?}", database.damage());
        assert!(bytes == input.database, "the database differs from the written one");
    }
    // Reads beyond the end fail.
    for (offset, wanted) in [(len, 1), (len.saturating_sub(1), 2), (u64::MAX, 1), (u64::MAX - 4095, 4096)] {
        assert!(database.read(offset, &mut vec![0; wanted]).is_err(), "{wanted} at {offset}");
    }
    if readable && length > 2 * BLOCK {
        bytes[BLOCK..BLOCK + 9].copy_from_slice(b"rewritten");
        if database.write(BLOCK as u64, b"rewritten").is_ok() {
            let reopened = disk.database(owner);
            let mut read = vec![0; length];
            assert_eq!(reopened.length().unwrap(), len);
            reopened.read(0, &mut read).unwrap();
            assert!(read == bytes, "the data read differs from the data written");
        }
    }
}

/// Generated disk, with its expected content.
struct DiskInput {
    disk: MemoryDisk,
    /// Number of the last change in the database.
    last_change: u64,
    /// Records of the log and content of the database, valid unless `damaged`.
    records: Vec<Vec<u8>>,
    database: Vec<u8>,
    damaged: bool,
}

impl DiskInput {
    fn generate(input: &mut Unstructured<'_>) -> Result<DiskInput> {
        let mut generated = DiskInput::undamaged(input)?;
        for _ in 0..input.int_in_range(0..=6)? {
            if input.is_empty() {
                break;
            }
            generated.damage(input)?;
            generated.damaged = true;
        }
        Ok(generated)
    }

    /// Journal as left by a host.
    fn undamaged(input: &mut Unstructured<'_>) -> Result<DiskInput> {
        let key = format::key(IDENTITY);
        let mut disk = MemoryDisk::default();
        disk.put(0, &format::label(IDENTITY, LOG_END));
        let last_change: u64 = input.int_in_range(0..=9)?;
        let mut records = Vec::new();
        let mut at = BLOCK as u64;
        for number in 0..input.int_in_range(0..=3)? {
            let length = if input.ratio(1, 4)? { input.int_in_range(0..=9000)? } else { input.int_in_range(0..=40)? };
            let record: Vec<u8> = input.bytes(length.min(input.len()))?.to_vec();
            let bytes = format::log_record(&key, last_change + 1 + number, &record);
            disk.put(at, &bytes);
            at += bytes.len().next_multiple_of(BLOCK) as u64;
            records.push(record);
        }
        disk.put(at, &format::mark(&key, last_change + records.len() as u64));
        let database = database_of(input)?;
        disk.put_database(&key, 1 + input.int_in_range(0..=3)?, &database);
        Ok(DiskInput { disk, last_change, records, database, damaged: false })
    }

    fn damage(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let (key, disk_length) = (format::key(IDENTITY), self.disk.length());
        let number = |input: &mut Unstructured<'_>| -> Result<u64> {
            Ok(match input.int_in_range(0..=4)? {
                0 => input.arbitrary()?,
                1 => u64::MAX - input.int_in_range(0..=5000)?,
                2 => disk_length.saturating_add(input.int_in_range(0..=9000)?),
                _ => input.int_in_range(0..=12)?,
            })
        };
        match input.int_in_range(0..=10)? {
            0 => {
                let length = input.int_in_range(0..=24)?;
                let (at, bytes) = (offset(input)?, input.bytes(length)?.to_vec());
                self.disk.put(at, &bytes);
            }
            1 => {
                let (at, bit) = (offset(input)?, input.int_in_range(0..=7)?);
                self.disk.flip(at, bit);
            }
            2 => self.disk.truncate(offset(input)?),
            3 => self.disk.copy_block(offset(input)?, offset(input)?),
            4 => {
                let begin = number(input)?;
                self.disk.put(0, &format::label(IDENTITY, begin));
            }
            5 | 6 => {
                let superblock = Superblock {
                    generation: number(input)?,
                    len: if input.arbitrary()? { number(input)? } else { self.database.len() as u64 },
                    root: if input.arbitrary()? { self.disk.root } else { input.arbitrary()? },
                    header: input.arbitrary::<[u8; 32]>()?.repeat(HEADER / 32),
                    complete: input.int_in_range(0..=2)?,
                };
                let second = u64::from(input.arbitrary::<bool>()?);
                self.disk.put(LOG_END + second * BLOCK as u64, &superblock.bytes(IDENTITY));
            }
            7 => {
                let sums: Vec<u64> =
                    (0..input.int_in_range(0..=4)?).map(|_| input.arbitrary()).collect::<Result<_>>()?;
                let (bytes, _) = format::group(&key, number(input)?, input.int_in_range(0..=2)?, &sums);
                let second = u64::from(input.arbitrary::<bool>()?);
                self.disk.put(LOG_END + (2 + second) * BLOCK as u64, &bytes);
            }
            8 => {
                let length = input.int_in_range(0..=60)?;
                let record = input.bytes(length)?.to_vec();
                let at = BLOCK as u64 * input.int_in_range(1..=5)?;
                self.disk.put(at, &format::log_record(&key, number(input)?, &record));
            }
            9 => {
                let at = BLOCK as u64 * input.int_in_range(1..=5)?;
                self.disk.put(at, &format::mark(&key, number(input)?));
            }
            _ => self.convert_to_first_format(input)?,
        }
        if input.ratio(1, 8)? {
            self.last_change = number(input)?;
        }
        Ok(())
    }

    /// Turns the journal into one of the first format, with changes of that format in its log.
    fn convert_to_first_format(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        self.disk.put(0, b"stockbridge journal 1\r\n\0");
        let mut at = BLOCK as u64;
        for number in 1..=input.int_in_range(1..=3)? {
            let record = first_change(input)?;
            let bytes = format::first_log_record(self.last_change.wrapping_add(number), &record);
            self.disk.put(at, &bytes);
            at += bytes.len().next_multiple_of(BLOCK) as u64;
        }
        Ok(())
    }
}

/// Change of the first format, usually complete.
fn first_change(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = input.arbitrary::<u64>()?.to_le_bytes().to_vec();
    // No intent, and a status.
    bytes.push(0);
    let status = b"\x01{}";
    bytes.extend((status.len() as u64).to_le_bytes());
    bytes.extend(status);
    let first: u32 = if input.arbitrary()? { u32::MAX - input.int_in_range(0..=2)? } else { 0 };
    bytes.extend(first.to_le_bytes());
    let events: u64 = input.int_in_range(0..=3)?;
    bytes.extend(if input.ratio(1, 8)? { u64::MAX } else { events }.to_le_bytes());
    for _ in 0..events {
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend(b"\x01e");
    }
    bytes.extend([0, 2, 0]);
    let length = if input.ratio(1, 8)? { input.int_in_range(0..=bytes.len())? } else { bytes.len() };
    bytes.truncate(length);
    Ok(bytes)
}

/// Offset of written data: usually in the first bytes of a block.
fn offset(input: &mut Unstructured<'_>) -> Result<u64> {
    let block = match input.int_in_range(0..=2)? {
        0 => input.int_in_range(0..=6)?,
        1 => LOG_END / BLOCK as u64 + input.int_in_range(0..=12)?,
        _ => LOG_END / BLOCK as u64 + input.int_in_range(500..=530)?,
    };
    let within =
        if input.ratio(1, 4)? { input.int_in_range(0..=BLOCK as u64 - 1)? } else { input.int_in_range(0..=80)? };
    Ok(block * BLOCK as u64 + within)
}

/// Database bytes: a header, and blocks, of which some are unwritten.
fn database_of(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let blocks = if input.ratio(1, 16)? { input.int_in_range(505..=515)? } else { input.int_in_range(1..=6)? };
    let mut bytes = vec![0; blocks * BLOCK];
    for block in bytes.chunks_mut(BLOCK).take(8) {
        let fill: u8 = input.arbitrary()?;
        if !fill.is_multiple_of(4) {
            block[..HEADER].fill(fill);
            block[HEADER - 1] = 1;
        }
    }
    // The last block may be partial.
    let cut = if blocks > 1 { input.int_in_range(0..=BLOCK - 1)? } else { 0 };
    bytes.truncate(blocks * BLOCK - cut);
    Ok(bytes)
}

/// Sparse disk in memory: only written blocks occupy memory.
#[derive(Clone, Debug, Default)]
struct MemoryDisk {
    bytes: Arc<Mutex<Sparse>>,
    /// Root of the database on it: the sum of its groups' digests.
    root: u128,
}

#[derive(Debug, Default)]
struct Sparse {
    len: u64,
    blocks: BTreeMap<u64, Box<[u8; BLOCK]>>,
}

impl MemoryDisk {
    fn length(&self) -> u64 {
        self.bytes.lock().unwrap().len
    }

    fn put(&mut self, at: u64, bytes: &[u8]) {
        self.bytes.lock().unwrap().write(at, bytes);
    }

    fn flip(&mut self, at: u64, bit: u8) {
        let mut byte = [0];
        let mut disk = self.bytes.lock().unwrap();
        disk.read(at, &mut byte);
        disk.write(at, &[byte[0] ^ (1 << bit)]);
    }

    fn truncate(&mut self, len: u64) {
        self.bytes.lock().unwrap().set_len(len);
    }

    fn copy_block(&mut self, from: u64, to: u64) {
        let mut block = [0; BLOCK];
        let mut disk = self.bytes.lock().unwrap();
        disk.read(from / BLOCK as u64 * BLOCK as u64, &mut block);
        disk.write(to / BLOCK as u64 * BLOCK as u64, &block);
    }

    /// Writes a database's blocks with their checksums, as left by the sync of this generation.
    fn put_database(&mut self, key: &[u8; 32], generation: u64, database: &[u8]) {
        let blocks: Vec<&[u8]> = database.chunks(BLOCK).skip(1).collect();
        let block_len = BLOCK as u64;
        let mut end = LOG_END + 2 * block_len;
        for (number, blocks) in blocks.chunks(GROUP).enumerate() {
            let group_start = LOG_END + (2 + number as u64 * (GROUP as u64 + 2)) * block_len;
            let mut sums = Vec::new();
            for (index, block) in blocks.iter().enumerate() {
                let mut padded = block.to_vec();
                padded.resize(BLOCK, 0);
                let at = group_start + (2 + index as u64) * block_len;
                // An unwritten block is zeros, without a checksum.
                let written = padded.iter().any(|byte| *byte != 0);
                if written {
                    self.put(at, &padded);
                }
                sums.push(if written { format::sum(key, &padded) } else { 0 });
                end = at + block_len;
            }
            let (bytes, digest) = format::group(key, generation, number as u64, &sums);
            self.put(group_start + generation % 2 * block_len, &bytes);
            self.root = self.root.wrapping_add(digest);
        }
        let mut header = database[..HEADER].to_vec();
        header.resize(HEADER, 0);
        let superblock = Superblock { generation, len: database.len() as u64, root: self.root, header, complete: 1 };
        self.put(LOG_END + generation % 2 * block_len, &superblock.bytes(IDENTITY));
        let mut disk = self.bytes.lock().unwrap();
        let len = disk.len.max(end);
        disk.set_len(len);
    }
}

impl Sparse {
    fn read(&self, at: u64, out: &mut [u8]) {
        let mut from = at;
        let mut rest = out;
        while !rest.is_empty() {
            let (number, within) = (from / BLOCK as u64, usize::try_from(from % BLOCK as u64).unwrap());
            let (piece, after) = rest.split_at_mut((BLOCK - within).min(rest.len()));
            match self.blocks.get(&number) {
                Some(block) => piece.copy_from_slice(&block[within..within + piece.len()]),
                None => piece.fill(0),
            }
            from += piece.len() as u64;
            rest = after;
        }
    }

    fn write(&mut self, at: u64, bytes: &[u8]) {
        let (mut from, mut rest) = (at, bytes);
        while !rest.is_empty() {
            let (number, within) = (from / BLOCK as u64, usize::try_from(from % BLOCK as u64).unwrap());
            let (piece, after) = rest.split_at((BLOCK - within).min(rest.len()));
            let block = self.blocks.entry(number).or_insert_with(|| Box::new([0; BLOCK]));
            block[within..within + piece.len()].copy_from_slice(piece);
            from += piece.len() as u64;
            rest = after;
        }
        self.len = self.len.max(from);
    }

    fn set_len(&mut self, len: u64) {
        self.blocks.retain(|number, _| number * (BLOCK as u64) < len);
        let remainder = usize::try_from(len % BLOCK as u64).unwrap();
        if let Some(block) = self.blocks.get_mut(&(len / BLOCK as u64)) {
            block[remainder..].fill(0);
        }
        self.len = len;
    }
}

impl Disk for MemoryDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.length())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes.lock().unwrap();
        // As in a file: an offset beyond the maximum length of a file is the caller's error.
        let end = i64::try_from(offset).ok().and_then(|from| from.checked_add(i64::try_from(out.len()).ok()?));
        if end.is_none_or(|end| end.cast_unsigned() > bytes.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.read(offset, out);
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.bytes.lock().unwrap();
        if offset > 1 << 40 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.write(offset, bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > 1 << 40 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.lock().unwrap().set_len(len);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![], vec![0; 64], vec![1; 64], vec![0xff; 64]];
    seeds.extend((0..24).map(|kind: u8| {
        let mut random = fastrand::Rng::with_seed(u64::from(kind));
        (0..160).map(|_| random.u8(..)).collect()
    }));
    seeds
}
