//! An open journal's file: changes are committed to the log, and from there applied to the database.
//!
//! A batch of changes is durable with its record in the log, and its callers continue then. The database applies it at once,
//! before the next read, and is itself made durable when the log is full, and at the end. It then also saves what it
//! needs to be opened after a crash without being read as a whole, and a start applies what is in the log: its duration
//! depends on the length of neither.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, MutexGuard, RwLock, RwLockReadGuard};
use stockbridge_model::WriteId;

use crate::LOG_TARGET;
use redb::{ReadTransaction, ReadableDatabase as _};

use super::backend::HeaderWritten;
use super::change;
use super::log_and_db::LogAndDb;
use super::tables::Tables;
use super::trouble::{contained, unopened};
use super::witness::{Witness, WitnessFile};
use crate::store::disk::Backing;
use crate::store::identity::JournalIdentity;
use crate::store::{Change, StoreError};

/// Database and log of a journal, reopened after errors.
pub(super) struct JournalFile {
    pub(super) medium: Backing,
    header: HeaderWritten,
    slot: RwLock<Slot>,
    /// Held for writing while the database applies changes already reported as durable: readers wait for that.
    applying: RwLock<()>,
    /// Names of the new writes in these changes: a reader of another name need not wait.
    new_names: Mutex<HashSet<Vec<u8>>>,
    /// Identity of the journal: a reopened one must be the same.
    identity: OnceLock<JournalIdentity>,
    /// Number of the last change seen to be durable: a reopened journal must have it.
    durable: AtomicU64,
    /// Number of this opening.
    openings: AtomicU64,
    /// The witness beside a file, once it is written.
    witness: Mutex<Option<WitnessFile>>,
}

enum Slot {
    Open(LogAndDb),
    /// The disk had an error: reopened at the next use.
    Broken,
    /// Its contents differ from what was written. It stays so until the host is restarted.
    Damaged(String),
    Closed,
}

impl JournalFile {
    /// Opens the journal of a backing, or creates it if it is missing and may be created; also returns whether it was created.
    pub(super) fn new(medium: Backing, may_make: bool) -> Result<(JournalFile, bool), StoreError> {
        let header = HeaderWritten::default();
        let place = medium.open(may_make)?;
        let (identity, made) = (place.label.identity, place.made);
        let both = contained(|| LogAndDb::open(place, &header))?;
        let last = both.log().last();
        let opened = JournalFile {
            medium,
            header,
            durable: AtomicU64::new(last),
            slot: RwLock::new(Slot::Open(both)),
            applying: RwLock::default(),
            new_names: Mutex::default(),
            identity: OnceLock::from(identity),
            openings: AtomicU64::new(0),
            witness: Mutex::default(),
        };
        Ok((opened, made))
    }

    /// Identity of the journal.
    pub(super) fn identity(&self) -> Option<JournalIdentity> {
        self.identity.get().copied()
    }

    /// Number of the last durable change.
    pub(super) fn last_change(&self) -> u64 {
        self.durable.load(Ordering::Relaxed)
    }

    /// Sets the number of this opening.
    pub(super) fn openings(&self, number: u64) {
        self.openings.store(number, Ordering::Relaxed);
    }

    /// Brings the witness beside a file up to date, durably.
    pub(super) fn write_witness(&self) -> io::Result<()> {
        let (Backing::File(file), Some(journal)) = (&self.medium, self.identity()) else { return Ok(()) };
        let witness = Witness { journal, openings: self.openings.load(Ordering::Relaxed), changes: self.last_change() };
        let written = witness.put(file)?;
        *self.witness() = Some(written);
        Ok(())
    }

    /// Marks a change as durable, also in the witness and before its caller learns of it, so that an older copy is
    /// recognised after a kill.
    fn mark_durable(&self, change: u64) {
        self.durable.fetch_max(change, Ordering::Relaxed);
        if let Some(Err(error)) = self.witness().as_mut().map(|witness| witness.record_change(change)) {
            tracing::debug!(target: LOG_TARGET, %error, journal = %self.medium, "the witness of the journal was not brought up to date");
        }
    }

    fn witness(&self) -> MutexGuard<'_, Option<WitnessFile>> {
        self.witness.lock()
    }

    /// Makes changes durable, all of them or nothing, and calls `durable` as soon as they are. Reads after that see
    /// them. After an error the file is reopened at the next use.
    ///
    /// # Errors
    /// They are not durable, or that is unknown; `durable` was not called.
    pub(super) fn commit<'c>(
        &self,
        changes: impl Iterator<Item = &'c Change> + Clone,
        durable: impl FnOnce(),
    ) -> Result<(), StoreError> {
        let record = change::encode(changes.clone());
        let apply = |tables: &mut Tables<'_>| tables.apply(changes.clone());
        let mut durable = Some(durable);
        // Held until the file counts as broken, if it comes to that: no reader may miss these changes.
        let mut applying = None;
        let done = self.with_open(|both| {
            if !both.log().has_room(&record) {
                return self.commit_durably(both, apply);
            }
            // From here on it may be durable, whatever happens.
            let uncertain = |error: redb::Error| StoreError::MayBeCommitted(error.to_string());
            both.log().append(&record).map_err(|error| uncertain(redb::Error::Io(error)))?;
            self.mark_durable(both.log().last());
            applying = Some(self.applying.write());
            self.new_names().extend(changes.clone().filter_map(|change| Some(change.intent.as_ref()?.0.clone())));
            if let Some(durable) = durable.take() {
                durable();
            }
            both.apply(apply).map_err(uncertain)
        });
        self.new_names().clear();
        drop(applying);
        match (durable, done) {
            (Some(durable), done) => done.map(|()| durable()),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => {
                // They are in the log, from where the database applies them when it is reopened.
                tracing::warn!(target: LOG_TARGET, %error, journal = %self.medium, "the journal's file is reopened");
                Ok(())
            }
        }
    }

    /// Runs a transaction of the database: durable with all of the log's changes, or without any effect.
    pub(super) fn transaction<T>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.with_open(|both| self.commit_durably(both, work))
    }

    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        drop(self.applying.read());
        self.read_applied(work)
    }

    /// Number of the write of this name, if it exists.
    pub(super) fn find(&self, name: &[u8]) -> Result<Option<WriteId>, StoreError> {
        if self.new_names().contains(name) {
            drop(self.applying.read());
        }
        self.read_applied(|read| Tables::find(read, name))
    }

    /// Reads what the database has applied.
    fn read_applied<T>(&self, work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        self.reopen()?;
        let (begun, damage, opening) = match &*self.slot() {
            Slot::Open(both) => {
                (both.database.begin_read().map_err(redb::Error::from), both.damage.clone(), both.opening.clone())
            }
            closed => return Err(closed.error()),
        };
        let read = contained(|| Ok(begun.and_then(|read| work(&read))));
        // Whatever the result: the data read may be wrong.
        if let Some(problem) = damage.found() {
            return Err(self.mark_damaged(StoreError::Damaged(problem)));
        }
        match read {
            Ok(Ok(read)) => Ok(read),
            Err(damaged) => Err(self.mark_damaged(damaged)),
            Ok(Err(error)) => {
                // After a disk error a database returns only errors.
                if matches!(error, redb::Error::Io(_) | redb::Error::PreviousIo) {
                    self.mark_broken(&opening);
                }
                Err(StoreError::Unreadable(error.to_string()))
            }
        }
    }

    /// Marks the journal as damaged, for good: what was found damaged may have been read wrongly, and is not written to.
    fn mark_damaged(&self, error: StoreError) -> StoreError {
        let mut slot = self.slot.write();
        if matches!(*slot, Slot::Open(_) | Slot::Broken) {
            tracing::error!(target: LOG_TARGET, %error, journal = %self.medium, "the journal is damaged: no write is sent");
            let before = std::mem::replace(&mut *slot, Slot::Damaged(error.to_string()));
            drop_slot(before);
        }
        error
    }

    /// Closes it, so that the next start finds an empty log, unless the disk fails.
    pub(super) fn close(&self) {
        if let Slot::Open(both) = &*self.slot()
            && let Err(error) = contained(|| self.commit_durably(both, |_| Ok(())))
                .and_then(|()| self.write_witness().map_err(unopened))
        {
            tracing::warn!(target: LOG_TARGET, %error, journal = %self.medium, "the journal is closed with records in its log");
        }
        let before = std::mem::replace(&mut *self.slot.write(), Slot::Closed);
        drop_slot(before);
    }

    fn with_open<T>(&self, work: impl FnOnce(&LogAndDb) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.reopen()?;
        let (done, damage, opening) = match &*self.slot() {
            Slot::Open(both) => (contained(|| work(both)), both.damage.clone(), both.opening.clone()),
            closed => return Err(closed.error()),
        };
        let error = match done {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        match damage.found() {
            // A repair finds what may be in the log by now.
            Some(problem) => {
                self.mark_damaged(StoreError::Damaged(problem));
            }
            None if matches!(error, StoreError::Damaged(_)) => {
                self.mark_damaged(error.clone());
            }
            None => self.mark_broken(&opening),
        }
        Err(error)
    }

    fn commit_durably<T>(
        &self,
        both: &LogAndDb,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.header.take();
        let done = both.apply_durably(work).map_err(|error| {
            let message = error.to_string();
            if self.header.take() { StoreError::MayBeCommitted(message) } else { StoreError::NotCommitted(message) }
        })?;
        self.mark_durable(both.log().last());
        Ok(done)
    }

    fn reopen(&self) -> Result<(), StoreError> {
        if matches!(&*self.slot(), Slot::Open(_)) {
            return Ok(());
        }
        let mut slot = self.slot.write();
        match &*slot {
            Slot::Open(_) => return Ok(()),
            Slot::Broken => {}
            closed => return Err(closed.error()),
        }
        match self.reopened() {
            Ok(both) => *slot = Slot::Open(both),
            Err(error @ StoreError::Damaged(_)) => {
                *slot = Slot::Damaged(error.to_string());
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Reopens the same journal, with all its durable changes: never a new one, nor another one put in its place.
    fn reopened(&self) -> Result<LogAndDb, StoreError> {
        let place = self.medium.open(false)?;
        if self.identity.get().is_some_and(|identity| *identity != place.label.identity) {
            let other = place.label.identity;
            return Err(StoreError::Damaged(format!(
                "another journal, {other}, was put in its place while a host held it"
            )));
        }
        let both = contained(|| LogAndDb::open(place, &self.header))?;
        let (found, known) = (both.log().last(), self.last_change());
        if found < known {
            let problem = format!("it had {known} changes, and now has {found}: an older copy was put in its place");
            return Err(StoreError::Damaged(problem));
        }
        // Another host may have written meanwhile, under numbers that this one would assign again and does not know of.
        let counted = self.openings.load(Ordering::Relaxed);
        if counted != 0 && both.read(Tables::read_facts)?.openings != counted {
            let problem = "another host had it open since the disk failed: restart this host".to_owned();
            return Err(StoreError::NotCommitted(problem));
        }
        Ok(both)
    }

    /// Ends this opening: the journal is reopened at the next use, unless it was reopened or closed
    /// meanwhile.
    fn mark_broken(&self, opening: &Arc<()>) {
        let mut slot = self.slot.write();
        if matches!(&*slot, Slot::Open(both) if Arc::ptr_eq(&both.opening, opening)) {
            drop_slot(std::mem::replace(&mut *slot, Slot::Broken));
        }
    }

    fn new_names(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        self.new_names.lock()
    }

    fn slot(&self) -> RwLockReadGuard<'_, Slot> {
        self.slot.read()
    }
}

impl Slot {
    /// Error for a slot that is not open.
    fn error(&self) -> StoreError {
        match self {
            Slot::Damaged(problem) => StoreError::Damaged(problem.clone()),
            Slot::Open(_) | Slot::Broken | Slot::Closed => StoreError::Closed,
        }
    }
}

/// Drops a database, which cleans up and may panic over damage. Its file is released even where a
/// reader is still running: redb ensures that.
fn drop_slot(slot: Slot) {
    let dropped = contained(|| {
        drop(slot);
        Ok(())
    });
    // The result is ignored: no reader is left.
    drop(dropped);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn disk_error() -> redb::Error {
        redb::Error::Io(io::Error::other("the disk failed"))
    }

    fn is_open(opened: &JournalFile) -> bool {
        matches!(&*opened.slot(), Slot::Open(_))
    }

    /// For example a backup of a large journal.
    #[test]
    fn a_long_reader_holds_up_no_opening_after_an_error_of_the_disk_and_ends_none() {
        let directory = tempfile::tempdir().unwrap();
        let (opened, _) = JournalFile::new(Backing::File(directory.path().join("journal")), true).unwrap();
        let ((begun, has_begun), (go_on, goes_on)) = (channel(), channel::<()>());
        std::thread::scope(|scope| {
            let opened = &opened;
            let reader = scope.spawn(move || {
                opened.read(|_| {
                    begun.send(()).unwrap();
                    goes_on.recv().unwrap();
                    Err::<(), _>(disk_error())
                })
            });
            has_begun.recv().unwrap();
            opened.transaction(|_| Err::<(), _>(disk_error())).unwrap_err();
            assert!(!is_open(opened));
            opened.transaction(|_| Ok(())).expect("it is opened anew while the reader goes on");
            go_on.send(()).unwrap();
            reader.join().unwrap().unwrap_err();
            assert!(is_open(opened), "an error of the opening before is none of this one");
        });
    }

    #[test]
    fn a_closed_journal_is_let_go_of_while_a_reader_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let medium = Backing::File(directory.path().join("journal"));
        let (opened, _) = JournalFile::new(medium.clone(), true).unwrap();
        let ((begun, has_begun), (go_on, goes_on)) = (channel(), channel::<()>());
        std::thread::scope(|scope| {
            let opened = &opened;
            scope.spawn(move || {
                opened.read(|_| {
                    begun.send(()).unwrap();
                    goes_on.recv().unwrap();
                    Ok(())
                })
            });
            has_begun.recv().unwrap();
            opened.close();
            let next = JournalFile::new(medium, true);
            go_on.send(()).unwrap();
            assert!(next.is_ok_and(|(_, made)| !made));
        });
    }
}
