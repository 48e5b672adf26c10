//! Budget state shared between processes: a small file beside the journal.
//!
//! With it, successive commands, each a process of its own, keep to one rate, and so do processes that run in parallel. For each
//! application it holds the fill level of its buckets and a time. It is best effort: a permit waits for the file only for a
//! moment, damaged records are ignored, and without a readable and writable file each process keeps to the rate alone.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::boot_clock::BootStamp;
use stockbridge_model::{ApplicationId, Timestamp};

use crate::diagnostics;

/// Maximum number of applications in the file.
const MOST: u64 = 1024;
/// Size of a slot, in bytes.
const SLOT: usize = 72;
const LENGTH: u64 = SLOT as u64;
/// Position of a slot that was not found yet.
const UNKNOWN: u64 = u64::MAX;
/// Maximum time that a record counts: a rate's bucket refills within a minute.
const MINUTE: Duration = Duration::from_mins(1);
/// Number of attempts to lock the file: a stopped process may hold the lock.
const TRIES: u32 = 4;
/// Pause between two attempts.
const PAUSE: Duration = Duration::from_micros(250);

/// Time until an application's buckets are full again: the common one, and the one reserved for write look-ups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) common: Duration,
    pub(super) reserved: Duration,
}

/// The file. Clones share it. Within a process, the mutex lets one task at a time use it; the file lock works between processes.
#[derive(Clone, Debug)]
pub(crate) struct RateFile(Arc<Mutex<FileState>>);

/// The file, opened on first use: an application without a rate creates none.
#[derive(Debug)]
enum FileState {
    Unopened(PathBuf),
    File(File),
    /// It cannot be opened: each process keeps to the rate alone.
    Unavailable,
}

impl FileState {
    fn file(&mut self) -> Option<&File> {
        if let FileState::Unopened(path) = self {
            *self = match open(path) {
                Ok(file) => FileState::File(file),
                Err(error) => {
                    tracing::debug!(target: diagnostics::RATE, file = %path.display(), %error, "no rate is shared with other processes");
                    FileState::Unavailable
                }
            };
        }
        if let FileState::File(file) = self { Some(file) } else { None }
    }
}

fn open(path: &Path) -> io::Result<File> {
    // Opening something else, for example a pipe, could block forever.
    let is_other = |found: &Metadata| !found.is_file() || found.len() > MOST * LENGTH;
    let other = || io::Error::other("it is another kind of file");
    if std::fs::symlink_metadata(path).is_ok_and(|found| is_other(&found)) {
        return Err(other());
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    if is_other(&file.metadata()?) { Err(other()) } else { Ok(file) }
}

impl RateFile {
    /// The file beside this journal, created on first use.
    pub(crate) fn beside(journal: &Path) -> RateFile {
        // One file, whichever symlink the journal is opened by.
        let journal = std::fs::canonicalize(journal).unwrap_or_else(|_| journal.to_path_buf());
        RateFile(Arc::new(Mutex::new(FileState::Unopened(journal.with_added_extension("rate")))))
    }

    /// The slot of an application in the file.
    pub(super) fn of(&self, application: ApplicationId) -> SharedRate {
        SharedRate { file: self.0.clone(), application, index: AtomicU64::new(UNKNOWN), last: Mutex::default() }
    }
}

/// One application's slot in the file.
pub(super) struct SharedRate {
    file: Arc<Mutex<FileState>>,
    application: ApplicationId,
    /// Index at which the slot was last found.
    index: AtomicU64,
    /// Bytes that this process last wrote to it.
    last: Mutex<Option<[u8; SLOT]>>,
}

impl SharedRate {
    /// Runs `change` under the file's lock; without the file if the lock is not free within a moment.
    pub(super) fn locked<T>(&self, change: impl FnOnce(Option<&Locked<'_>>) -> T) -> T {
        let mut state = self.file.lock();
        let Some(file) = state.file() else { return change(None) };
        for attempt in 1..=TRIES {
            match file.try_lock() {
                Ok(()) => {
                    let locked = Locked { rate: self, file };
                    let changed = change(Some(&locked));
                    drop(file.unlock());
                    return changed;
                }
                Err(TryLockError::WouldBlock) if attempt < TRIES => std::thread::sleep(PAUSE),
                Err(_) => break,
            }
        }
        change(None)
    }
}

/// Access to an application's slot under the file's lock.
pub(super) struct Locked<'a> {
    rate: &'a SharedRate,
    file: &'a File,
}

impl Locked<'_> {
    /// Permits taken by other processes, as time to refill; none if only this process used the slot since its last write.
    pub(super) fn owed(&self) -> Owed {
        let now = Now::read();
        let Ok((_, Some(slot))) = self.find() else { return Owed::default() };
        // The process's own state is more exact than its record of it.
        if self.last().is_some_and(|last| last == slot.encode()) {
            return Owed::default();
        }
        let owed = slot.owed(&now);
        // A record with a time in the future is restarted now: otherwise it would not age until that time.
        if now.is_before(&slot.at) {
            self.set(owed);
        }
        owed
    }

    /// Writes the time to refill, as of now.
    pub(super) fn set(&self, owed: Owed) {
        let bytes = Slot { application: *self.rate.application.as_bytes(), at: Now::read(), owed }.encode();
        let written = self.find().and_then(|(index, _)| {
            let mut file = self.file;
            file.seek(SeekFrom::Start(index * LENGTH))?;
            file.write_all(&bytes)
        });
        *self.last() = written.is_ok().then_some(bytes);
        if let Err(error) = written {
            tracing::debug!(target: diagnostics::RATE, %error, "a rate is not shared with other processes");
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<[u8; SLOT]>> {
        self.rate.last.lock()
    }

    /// The application's slot, or the index of a free one. Each process searches the whole file only once.
    fn find(&self) -> io::Result<(u64, Option<Slot>)> {
        let is_its = |slot: &Slot| slot.application == *self.rate.application.as_bytes();
        let last = self.rate.index.load(Ordering::Relaxed);
        if last != UNKNOWN
            && let Some(slot) = self.read(last)?.filter(is_its)
        {
            return Ok((last, Some(slot)));
        }
        let (mut free, now) = (None, Now::read());
        let written = (self.file.metadata()?.len() / LENGTH).min(MOST);
        for index in 0..written {
            let slot = self.read(index)?;
            if let Some(slot) = slot.filter(is_its) {
                self.rate.index.store(index, Ordering::Relaxed);
                return Ok((index, Some(slot)));
            }
            // A damaged slot is free, and so is one whose buckets are full.
            if slot.is_none_or(|slot| slot.owed(&now) == Owed::default()) {
                free.get_or_insert(index);
            }
        }
        let index = free.or(Some(written).filter(|next| *next < MOST));
        let index = index.ok_or_else(|| io::Error::other("the file of rates is full"))?;
        self.rate.index.store(index, Ordering::Relaxed);
        Ok((index, None))
    }

    fn read(&self, index: u64) -> io::Result<Option<Slot>> {
        let (mut bytes, mut file) = ([0; SLOT], self.file);
        file.seek(SeekFrom::Start(index * LENGTH))?;
        match file.read_exact(&mut bytes) {
            Ok(()) => Ok(Slot::decode(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The current time.
#[derive(Clone, Copy, Debug)]
struct Now {
    boot: Option<BootStamp>,
    wall: Timestamp,
}

impl Now {
    fn read() -> Now {
        Now { boot: BootStamp::now(), wall: Timestamp::now() }
    }

    /// Whether this is earlier than another time, by the wall clock if the boot clocks cannot be compared.
    fn is_before(&self, other: &Now) -> bool {
        self.boot.zip(other.boot).and_then(|(now, then)| now.since(then)).is_none() && self.wall < other.wall
    }

    /// Time since an earlier one; zero if that one is later.
    fn since(&self, then: &Now) -> Duration {
        if let Some(passed) = self.boot.zip(then.boot).and_then(|(now, then)| now.since(then)) {
            return passed;
        }
        let passed = self.wall.as_millis().saturating_sub(then.wall.as_millis());
        Duration::from_millis(u64::try_from(passed).unwrap_or(0))
    }
}

/// The record of an application.
#[derive(Clone, Copy, Debug)]
struct Slot {
    application: [u8; 16],
    at: Now,
    owed: Owed,
}

impl Slot {
    fn owed(&self, now: &Now) -> Owed {
        let passed = now.since(&self.at);
        let left = |owed: Duration| owed.min(MINUTE).saturating_sub(passed);
        Owed { common: left(self.owed.common), reserved: left(self.owed.reserved) }
    }

    fn encode(&self) -> [u8; SLOT] {
        let nanoseconds = |owed: Duration| u64::try_from(owed.as_nanos()).unwrap_or(u64::MAX);
        let (boot, at) = self.at.boot.map_or((0, 0), BootStamp::parts);
        let mut bytes = self.application.to_vec();
        for number in [boot, at, nanoseconds(self.owed.common), nanoseconds(self.owed.reserved)] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.at.wall.as_millis().to_le_bytes());
        bytes.extend(check(&bytes));
        let mut slot = [0; SLOT];
        slot.iter_mut().zip(bytes).for_each(|(byte, its)| *byte = its);
        slot
    }

    /// Decodes a slot; none if it is damaged or empty.
    fn decode(bytes: &[u8; SLOT]) -> Option<Slot> {
        let (fields, checksum) = bytes.split_last_chunk::<16>()?;
        if check(fields) != *checksum {
            return None;
        }
        let (application, mut rest) = fields.split_first_chunk::<16>()?;
        let mut number = || {
            let (number, others) = rest.split_first_chunk::<8>()?;
            rest = others;
            Some(*number)
        };
        let (boot, at) = (u64::from_le_bytes(number()?), u64::from_le_bytes(number()?));
        let owed = Owed {
            common: Duration::from_nanos(u64::from_le_bytes(number()?)),
            reserved: Duration::from_nanos(u64::from_le_bytes(number()?)),
        };
        let wall = Timestamp::from_millis(i64::from_le_bytes(number()?));
        Some(Slot { application: *application, at: Now { boot: BootStamp::of(boot, at), wall }, owed })
    }
}

fn check(bytes: &[u8]) -> [u8; 16] {
    let mut checksum = [0; 16];
    checksum.iter_mut().zip(blake3::hash(bytes).as_bytes()).for_each(|(byte, its)| *byte = *its);
    checksum
}

#[cfg(test)]
mod tests {
    use super::super::Budgets;
    use super::*;
    use std::collections::BTreeMap;
    use std::time::Instant;
    use stockbridge_model::Descriptor;

    const SECOND: Duration = Duration::from_secs(1);
    const OWED: Owed = Owed { common: Duration::from_secs(30), reserved: Duration::from_secs(10) };

    fn application(name: &str) -> ApplicationId {
        let descriptor = Descriptor::new(name);
        ApplicationId::claimed(&descriptor, &BTreeMap::new())
    }

    fn slot(at: Now) -> Slot {
        Slot { application: *application("one").as_bytes(), at, owed: OWED }
    }

    fn at(wall: i64) -> Now {
        Now { boot: None, wall: Timestamp::from_millis(wall) }
    }

    /// Whether a process that starts now gets a permit within a second, at ten requests a minute.
    async fn gets_a_permit(journal: &Path, name: &str) -> bool {
        let pacer = Budgets::beside(journal).join(&[application(name)], "p", "a", Some(10));
        pacer.acquire(super::super::Priority::Normal, Instant::now() + SECOND).await.is_ok()
    }

    #[test]
    fn a_record_counts_for_a_minute_at_most_and_one_of_the_future_as_of_now() {
        let ages = Owed { common: 3600 * SECOND, reserved: Duration::ZERO };
        assert_eq!(Slot { owed: ages, ..slot(at(0)) }.owed(&at(0)).common, MINUTE);
        assert_eq!(slot(at(0)).owed(&at(4000)), Owed { common: 26 * SECOND, reserved: 6 * SECOND });
        assert_eq!(slot(at(0)).owed(&at(40_000)), Owed::default());
        assert_eq!(slot(at(1 << 40)).owed(&at(0)), OWED);
        assert!(at(0).is_before(&at(1)) && !at(1).is_before(&at(0)));
    }

    #[test]
    fn what_is_damaged_counts_for_nothing() {
        let whole = slot(Now::read()).encode();
        assert_eq!(Slot::decode(&whole).map(|slot| slot.encode()), Some(whole));
        for bit in 0..SLOT * 8 {
            let mut damaged = whole;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Slot::decode(&damaged).is_none(), "{bit}");
        }
        assert!(Slot::decode(&[0; SLOT]).is_none());
    }

    #[tokio::test]
    async fn processes_in_a_row_and_side_by_side_have_one_rate_for_each_application() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal");
        assert!(gets_a_permit(&journal, "one").await);
        assert!(!gets_a_permit(&journal, "one").await);
        assert!(gets_a_permit(&journal, "other").await);
        assert!(!gets_a_permit(&journal, "other").await && !gets_a_permit(&journal, "one").await);
        assert!(gets_a_permit(&directory.path().join("another journal"), "one").await);
    }

    #[tokio::test]
    async fn whatever_stands_in_the_place_of_the_file_no_turn_fails_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal");
        let file = directory.path().join("journal.rate");
        for junk in [&b""[..], b"junk", &[0xff; 10 * SLOT], &[0; 7]] {
            std::fs::write(&file, junk).unwrap();
            assert!(gets_a_permit(&journal, "one").await);
            assert!(!gets_a_permit(&journal, "one").await);
        }
        // Another process holds the lock and is stopped.
        let held = File::open(&file).unwrap();
        held.lock().unwrap();
        assert!(gets_a_permit(&journal, "one").await);
        drop(held);
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(gets_a_permit(&journal, "one").await);
        assert!(gets_a_permit(Path::new("/nowhere/at/all/journal"), "one").await);
    }

    #[tokio::test]
    async fn a_record_of_a_clock_that_is_years_ahead_holds_nobody_up_for_years() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal");
        let owed = Owed { common: SECOND / 2, reserved: Duration::ZERO };
        let ahead = Now { boot: None, wall: Timestamp::now().later(3600 * 24 * 3650 * SECOND) };
        std::fs::write(directory.path().join("journal.rate"), Slot { owed, ..slot(ahead) }.encode()).unwrap();
        let started = Instant::now();
        assert!(gets_a_permit(&journal, "one").await);
        assert!(started.elapsed() >= SECOND / 4, "{:?}", started.elapsed());
    }
}
