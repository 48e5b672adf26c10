//! Blocks of the database, each with a checksum: damaged data is never taken for what was written.
//!
//! redb reads a page without checking that it is the one it wrote: a flipped bit in a key makes it report "not there",
//! a misplaced page makes it panic or loop endlessly. So it never gets such a page. Every block is checked against
//! its checksum when it is read, the checksums are in groups with a checksum of their own, and a superblock contains the sum of
//! those and the database's header. Groups and superblock have two places each and are written to the one not in use, before the
//! sync that puts it into use: a power cut leaves the previous one. The database never overwrites what its last durable
//! commit needs, so the current checksums are right for that commit, too.
//!
//! All checksums are keyed by the journal's identity: a block of another journal, however whole, is rejected.
//!
//! | at | what |
//! |---|---|
//! | the beginning | two places for the superblock |
//! | then, repeatedly | two places for a group's checksums, and the group's blocks |

use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use redb::{BackendError, StorageBackend};

use super::backend::HeaderWritten;
use super::superblock::{self, HEADER, Superblock};
use crate::store::identity::JournalIdentity;

use parking_lot::{Mutex, MutexGuard};

/// Size of a block, in bytes: the unit of checksums and of writing.
pub(super) const BLOCK: usize = 4096;
const BLOCK_LEN: u64 = BLOCK as u64;
/// Number of blocks in a group: their checksums fill one block, with its head and digest.
const GROUP: usize = 508;
/// Length of the head before a group's checksums: its generation and its number.
const GROUP_HEAD: usize = 16;
const DIGEST: usize = 16;
/// Number of blocks of a group, with the two places of its checksums.
const GROUP_BLOCKS: u64 = GROUP as u64 + 2;

/// Storage behind a log whose every block is checked when it is read.
pub(super) struct Blocks {
    whole: Arc<dyn StorageBackend>,
    begin: u64,
    key: [u8; 32],
    identity: JournalIdentity,
    header_written: HeaderWritten,
    /// Whether it is being created, so that there is nothing to read yet.
    fresh: bool,
    /// Read once redb has the lock: redb asks for the length then, before anything else.
    state: OnceLock<Mutex<State>>,
    damage: Damage,
}

/// The first damage found, if any. Clones refer to the same bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Damage(Arc<OnceLock<String>>);

impl Damage {
    /// Description of the first damage found.
    pub(super) fn found(&self) -> Option<String> {
        self.0.get().cloned()
    }

    fn error(&self, problem: impl Into<String>) -> io::Error {
        let problem = problem.into();
        self.0.get_or_init(|| problem.clone());
        io::Error::new(io::ErrorKind::InvalidData, problem)
    }
}

struct State {
    generation: u64,
    /// Place of the superblock in use; none before the first.
    place: Option<usize>,
    /// Length of the database.
    len: u64,
    header: Box<[u8; HEADER]>,
    complete: bool,
    groups: Vec<Group>,
    /// Sum of the groups' digests.
    root: u128,
    /// Whether anything is to be written with the next sync.
    changed: bool,
    /// Whether the file may be longer than needed.
    shrunk: bool,
}

struct Group {
    /// Checksums; 0 for a block that was never written, which reads as zeros.
    sums: Box<[u64; GROUP]>,
    place: usize,
    /// This group's part of the sum of the groups.
    digest: Option<u128>,
    changed: bool,
}

impl Group {
    fn empty() -> Group {
        Group { sums: Box::new([0; GROUP]), place: 1, digest: None, changed: true }
    }
}

impl Blocks {
    /// Blocks of an existing journal, from an offset on.
    pub(super) fn of(
        whole: Arc<dyn StorageBackend>,
        begin: u64,
        identity: JournalIdentity,
        header_written: HeaderWritten,
    ) -> Blocks {
        Blocks {
            whole,
            begin,
            key: identity.key(),
            identity,
            header_written,
            fresh: false,
            state: OnceLock::new(),
            damage: Damage::default(),
        }
    }

    /// Blocks of a journal that is being created: none yet.
    pub(super) fn fresh(whole: Arc<dyn StorageBackend>, begin: u64, identity: JournalIdentity) -> Blocks {
        Blocks { fresh: true, ..Blocks::of(whole, begin, identity, HeaderWritten::default()) }
    }

    /// Marks the journal's creation as complete.
    pub(super) fn complete(&self) -> io::Result<()> {
        let mut state = self.state()?;
        (state.complete, state.changed) = (true, true);
        self.sync(&mut state)
    }

    /// Handle to the damage found.
    pub(super) fn damage(&self) -> Damage {
        self.damage.clone()
    }

    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        if self.state.get().is_none() {
            let found = if self.fresh { State::empty() } else { self.found()? };
            // The first caller sets it: others read the same state.
            drop(self.state.set(Mutex::new(found)));
        }
        let state = self.state.get().ok_or_else(|| io::Error::other("its checksums were not read"))?;
        Ok(state.lock())
    }

    /// Reads the state that the last sync left.
    fn found(&self) -> io::Result<State> {
        let mut supers: Vec<(usize, Superblock)> =
            (0..2).filter_map(|place| Some((place, self.read_super(place)?))).collect();
        supers.sort_by_key(|(_, super_block)| std::cmp::Reverse(super_block.generation));
        let mut problem = "neither of its superblocks is whole".to_owned();
        for (place, super_block) in supers {
            match self.state_of(place, super_block)? {
                Ok(state) => return Ok(state),
                Err(why) => problem = why,
            }
        }
        Err(self.damage.error(problem))
    }

    fn read_super(&self, place: usize) -> Option<Superblock> {
        let mut bytes = [0; superblock::LENGTH];
        self.whole.read(self.begin + place as u64 * BLOCK_LEN, &mut bytes).ok()?;
        Superblock::decode(&bytes, &self.key, self.identity)
    }

    /// Reads the state that belongs to a superblock, if its groups are whole.
    fn state_of(&self, place: usize, found: Superblock) -> io::Result<Result<State, String>> {
        let needed = self.begin.saturating_add(physical(found.len));
        let there = self.whole.len()?;
        if there < needed {
            return Ok(Err(format!("it is cut short: of {needed} bytes, {there} are there")));
        }
        let mut groups = Vec::new();
        let mut root = 0_u128;
        for number in 0..groups_of(found.len) {
            let mut best: Option<(u64, Group)> = None;
            let mut later = false;
            for place in 0..2 {
                let Some((generation, group)) = self.read_group(number, place)? else { continue };
                if generation > found.generation {
                    later = true;
                } else if best.as_ref().is_none_or(|(before, _)| *before < generation) {
                    best = Some((generation, group));
                }
            }
            let Some((_, mut group)) = best else {
                return Ok(Err(format!("neither copy of the checksums of its part {number} is whole")));
            };
            // Remains of a failed sync are overwritten with the next one, before their generation could make them valid.
            group.changed = later;
            root = root.wrapping_add(group.digest.unwrap_or_default());
            groups.push(group);
        }
        if root != found.root {
            return Ok(Err("a part of its checksums is not the latest".to_owned()));
        }
        let changed = groups.iter().any(|group| group.changed);
        Ok(Ok(State {
            generation: found.generation,
            place: Some(place),
            len: found.len,
            header: found.header,
            complete: found.complete,
            groups,
            root,
            changed,
            shrunk: there > needed,
        }))
    }

    fn read_group(&self, number: usize, place: usize) -> io::Result<Option<(u64, Group)>> {
        let mut bytes = [0; BLOCK];
        self.whole.read(self.group_at(number, place), &mut bytes)?;
        let (content, digest) = bytes.split_at(BLOCK - DIGEST);
        let expected = self.digest(content);
        let generation = u64_at(content, 0);
        if digest != expected.to_le_bytes() || u64_at(content, 8) != number as u64 {
            return Ok(None);
        }
        let mut sums = Box::new([0; GROUP]);
        let (_, written) = content.split_at(GROUP_HEAD);
        sums.iter_mut().zip(written.chunks_exact(8)).for_each(|(sum, bytes)| *sum = u64_at(bytes, 0));
        Ok(Some((generation, Group { sums, place, digest: Some(expected), changed: false })))
    }

    fn group_at(&self, number: usize, place: usize) -> u64 {
        self.begin + (2 + number as u64 * GROUP_BLOCKS + place as u64) * BLOCK_LEN
    }

    /// Offset of a block of the database. Block 0 has none: it is in the superblock.
    fn block_at(&self, block: u64) -> u64 {
        let (group, place) = place_of(block);
        self.begin + (2 + group as u64 * GROUP_BLOCKS + 2 + place as u64) * BLOCK_LEN
    }

    fn digest(&self, bytes: &[u8]) -> u128 {
        let hash = blake3::keyed_hash(&self.key, bytes);
        let (first, _) = hash.as_bytes().split_first_chunk::<DIGEST>().unwrap_or((&[0; DIGEST], &[]));
        u128::from_le_bytes(*first)
    }

    /// Checksum of a block: never 0, which marks a block that was never written. The block's number is not included, since each
    /// checksum has a fixed place; and hashing one whole block is faster.
    fn sum(&self, bytes: &[u8]) -> u64 {
        let hash = blake3::keyed_hash(&self.key, bytes);
        u64_at(hash.as_bytes(), 0).max(1)
    }

    fn check(&self, block: u64, bytes: &[u8], sum: u64) -> io::Result<()> {
        if self.sum(bytes) == sum {
            return Ok(());
        }
        let at = self.block_at(block);
        Err(self.damage.error(format!("the block of {BLOCK} bytes at {at} is not what was written there")))
    }

    /// Reads one block and checks it.
    fn read_block(&self, block: u64, sum: u64, out: &mut [u8]) -> io::Result<()> {
        if sum == 0 {
            out.fill(0);
            return Ok(());
        }
        self.whole.read(self.block_at(block), out)?;
        self.check(block, out, sum)
    }

    /// Makes all writes durable: the blocks, the changed groups of checksums, and the superblock that puts both into use.
    fn sync(&self, state: &mut State) -> io::Result<()> {
        if !state.changed {
            return self.whole.sync_data();
        }
        let generation = state.generation + 1;
        for number in 0..state.groups.len() {
            let Some(group) = state.groups.get_mut(number).filter(|group| group.changed) else { continue };
            let mut bytes = Vec::with_capacity(BLOCK);
            bytes.extend(generation.to_le_bytes());
            bytes.extend((number as u64).to_le_bytes());
            group.sums.iter().for_each(|sum| bytes.extend(sum.to_le_bytes()));
            let digest = self.digest(&bytes);
            bytes.extend(digest.to_le_bytes());
            let place = 1 - group.place;
            self.whole.write(self.group_at(number, place), &bytes)?;
            let before = group.digest.replace(digest).unwrap_or_default();
            state.root = state.root.wrapping_sub(before).wrapping_add(digest);
            (group.place, group.changed) = (place, false);
        }
        let place = state.place.map_or(0, |place| 1 - place);
        let (len, root, complete) = (state.len, state.root, state.complete);
        let superblock = Superblock { generation, len, root, header: state.header.clone(), complete };
        let bytes = superblock.encode(&self.key, self.identity);
        self.whole.write(self.begin + place as u64 * BLOCK_LEN, &bytes)?;
        self.whole.sync_data()?;
        (state.generation, state.place, state.changed) = (generation, Some(place), false);
        if std::mem::take(&mut state.shrunk) {
            self.whole.set_len(self.begin + physical(state.len))?;
        }
        Ok(())
    }
}

impl State {
    fn empty() -> State {
        State {
            generation: 0,
            place: None,
            len: 0,
            header: Box::new([0; HEADER]),
            complete: false,
            groups: Vec::new(),
            root: 0,
            changed: true,
            shrunk: false,
        }
    }

    fn sum(&self, block: u64) -> u64 {
        let (group, place) = place_of(block);
        self.groups.get(group).and_then(|group| group.sums.get(place)).copied().unwrap_or_default()
    }

    fn set_sum(&mut self, block: u64, sum: u64) {
        let (group, place) = place_of(block);
        if let Some(group) = self.groups.get_mut(group)
            && let Some(kept) = group.sums.get_mut(place)
        {
            *kept = sum;
            group.changed = true;
            self.changed = true;
        }
    }

    fn set_len(&mut self, len: u64) {
        let (before, groups) = (self.len, groups_of(len));
        while self.groups.len() > groups {
            let gone = self.groups.pop().and_then(|group| group.digest).unwrap_or_default();
            self.root = self.root.wrapping_sub(gone);
        }
        // A block beyond the end counts as never written, should it be used again.
        for block in len.div_ceil(BLOCK_LEN)..before.div_ceil(BLOCK_LEN).min(groups as u64 * GROUP as u64 + 1) {
            self.set_sum(block, 0);
        }
        self.groups.resize_with(groups, Group::empty);
        self.len = len;
        self.changed = true;
    }
}

/// The journal whose superblocks begin at this offset, if one of them is whole.
pub(super) fn owner(whole: &dyn StorageBackend, begin: u64) -> Option<JournalIdentity> {
    (0..2).find_map(|place| {
        let mut bytes = [0; superblock::LENGTH];
        whole.read(begin + place * BLOCK_LEN, &mut bytes).ok()?;
        Superblock::identity(&bytes)
    })
}

/// Ranges of the database's blocks in a journal of this length, in their order: start and end.
pub(super) fn runs(begin: u64, len: u64) -> impl Iterator<Item = (u64, u64)> {
    let groups = len.saturating_sub(begin).div_ceil(GROUP_BLOCKS * BLOCK_LEN);
    (0..groups).filter_map(move |group| {
        let first = begin + (2 + group * GROUP_BLOCKS + 2) * BLOCK_LEN;
        let end = (first + GROUP as u64 * BLOCK_LEN).min(len);
        (first < end).then_some((first, end))
    })
}

/// Group of a block, and its place in the group.
fn place_of(block: u64) -> (usize, usize) {
    let index = usize::try_from(block.saturating_sub(1)).unwrap_or(usize::MAX);
    (index / GROUP, index % GROUP)
}

/// Number of groups of a database of this length.
fn groups_of(len: u64) -> usize {
    let blocks = usize::try_from(len.div_ceil(BLOCK_LEN).saturating_sub(1)).unwrap_or(usize::MAX);
    blocks.div_ceil(GROUP)
}

/// Number of bytes that a database of this length takes: more than any disk has, if a superblock says so.
fn physical(len: u64) -> u64 {
    let blocks = len.div_ceil(BLOCK_LEN).saturating_sub(1);
    (2 + groups_of(len) as u64 * 2 + blocks).saturating_mul(BLOCK_LEN)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

impl StorageBackend for Blocks {
    fn len(&self) -> io::Result<u64> {
        let len = self.state()?.len;
        if len == 0 && !self.fresh {
            return Err(self.damage.error("its database is gone"));
        }
        Ok(len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (sums, header) = {
            let state = self.state()?;
            let end = offset.checked_add(out.len() as u64).filter(|end| *end <= state.len);
            let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
            let sums: Vec<_> = (offset / BLOCK_LEN..end.div_ceil(BLOCK_LEN)).map(|block| state.sum(block)).collect();
            (sums, (offset < BLOCK_LEN).then(|| state.header.clone()))
        };
        let (mut at, mut rest) = (offset, out);
        for (block, sum) in (offset / BLOCK_LEN..).zip(sums) {
            let from = usize::try_from(at % BLOCK_LEN).unwrap_or_default();
            let (piece, after) = rest.split_at_mut((BLOCK - from).min(rest.len()));
            match (&header, block) {
                (Some(header), 0) => {
                    let known = header.iter().chain(std::iter::repeat(&0)).skip(from);
                    piece.iter_mut().zip(known).for_each(|(out, byte)| *out = *byte);
                }
                _ if piece.len() == BLOCK => self.read_block(block, sum, piece)?,
                _ => {
                    let mut bytes = [0; BLOCK];
                    self.read_block(block, sum, &mut bytes)?;
                    piece.iter_mut().zip(bytes.iter().skip(from)).for_each(|(out, byte)| *out = *byte);
                }
            }
            (at, rest) = (at + piece.len() as u64, after);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state()?;
        if len > state.len {
            if state.shrunk {
                // The places of removed parts are free only once a superblock without them is in use.
                self.sync(&mut state)?;
            }
            self.whole.set_len(self.begin.saturating_add(physical(len)).max(self.whole.len()?))?;
        } else {
            // The superblock in use still needs what is cut off.
            state.shrunk = true;
        }
        state.set_len(len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync(&mut *self.state()?)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let (mut at, mut rest) = (offset, data);
        let mut run: Option<(u64, Vec<u8>)> = None;
        while !rest.is_empty() {
            let (block, from) = (at / BLOCK_LEN, usize::try_from(at % BLOCK_LEN).unwrap_or_default());
            let (piece, after) = rest.split_at((BLOCK - from).min(rest.len()));
            if block == 0 {
                self.write_header(from, piece)?;
            } else {
                let whole = self.whole_block(block, from, piece)?;
                self.state()?.set_sum(block, self.sum(&whole));
                let place = self.block_at(block);
                match &mut run {
                    Some((begin, bytes)) if *begin + bytes.len() as u64 == place => bytes.extend(whole.iter()),
                    other => {
                        if let Some((begin, bytes)) = other.replace((place, whole.into_owned())) {
                            self.whole.write(begin, &bytes)?;
                        }
                    }
                }
            }
            (at, rest) = (at + piece.len() as u64, after);
        }
        run.map_or(Ok(()), |(begin, bytes)| self.whole.write(begin, &bytes))
    }

    fn close(&self) -> io::Result<()> {
        self.whole.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.whole.try_lock_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.whole.unlock_range(start, end)
    }
}

impl Blocks {
    fn write_header(&self, from: usize, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state()?;
        let beyond = bytes.get(HEADER.saturating_sub(from)..).unwrap_or_default();
        if beyond.iter().any(|byte| *byte != 0) {
            return Err(io::Error::other("the database's header is longer than it was"));
        }
        self.header_written.set();
        state.header.iter_mut().skip(from).zip(bytes).for_each(|(kept, byte)| *kept = *byte);
        state.changed = true;
        Ok(())
    }

    /// The whole block to write: if only a part of it changes, the rest is read first.
    fn whole_block<'b>(&self, block: u64, from: usize, piece: &'b [u8]) -> io::Result<std::borrow::Cow<'b, [u8]>> {
        if piece.len() == BLOCK {
            return Ok(piece.into());
        }
        let sum = self.state()?.sum(block);
        let mut bytes = vec![0; BLOCK];
        self.read_block(block, sum, &mut bytes)?;
        bytes.iter_mut().skip(from).zip(piece).for_each(|(kept, byte)| *kept = *byte);
        Ok(bytes.into())
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Blocks").field("begin", &self.begin).finish_non_exhaustive()
    }
}
