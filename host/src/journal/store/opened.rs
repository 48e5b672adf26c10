//! A journal's file while it can be used: what is committed goes to the log, and from there into the database.
//!
//! A batch of changes is durable with its record in the log, and who waits for that goes on. The database takes it at once,
//! before anybody reads again, and is made durable itself when the log is full, and at the end. It saves then what it
//! needs to be opened after a crash without being read as a whole, and a start takes over what is in the log: how long
//! that takes depends on neither's length.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use redb::{Database, DatabaseError, Durability, ReadTransaction, ReadableDatabase as _};

use super::disk::{HeaderWritten, Medium, Watched, io_error};
use super::file::Tables;
use super::log::Log;
use super::{Change, StoreError, change};
use crate::journal::record::WriteId;

/// How much of the file is kept in memory, in bytes.
const CACHE: usize = 64 * 1024 * 1024;

/// The database and its log, as long as they can be used.
pub(super) struct Opened {
    pub(super) medium: Medium,
    header: HeaderWritten,
    slot: RwLock<Slot>,
    /// Held for writing while the database takes what others were told is durable: readers wait for that.
    taking: RwLock<()>,
    /// The names of the new writes that it takes then: who looks for another name need not wait.
    new_names: Mutex<HashSet<Vec<u8>>>,
}

enum Slot {
    Open(Both),
    /// The disk had an error: it is opened anew for the next who needs it.
    Broken,
    Closed,
}

struct Both {
    database: Database,
    log: Mutex<Log>,
}

impl Opened {
    pub(super) fn new(medium: Medium) -> Result<Opened, StoreError> {
        let opened = Opened {
            medium,
            header: HeaderWritten::default(),
            slot: RwLock::new(Slot::Broken),
            taking: RwLock::default(),
            new_names: Mutex::default(),
        };
        opened.reopen()?;
        Ok(opened)
    }

    /// Makes changes durable, all of them or nothing, and calls `durable` as soon as they are. Who reads after that finds
    /// them. After an error the file is opened anew the next time.
    ///
    /// # Errors
    /// They are not, or nobody knows; `durable` was not called.
    pub(super) fn commit<'c>(
        &self,
        changes: impl Iterator<Item = &'c Change> + Clone,
        durable: impl FnOnce(),
    ) -> Result<(), StoreError> {
        let record = change::encode(changes.clone());
        let apply = |tables: &mut Tables<'_>| changes.clone().try_for_each(|change| tables.apply(change));
        let mut durable = Some(durable);
        // Kept until the file counts as broken, should it come to that: nobody reads what lacks these changes.
        let mut taking = None;
        let done = self.using(|both| {
            if !both.log().has_room(&record) {
                return self.durably(both, apply);
            }
            // From here on it may be durable, whatever comes.
            let uncertain = |error: redb::Error| StoreError::MayBeCommitted(error.to_string());
            both.log().append(&record).map_err(|error| uncertain(redb::Error::Io(error)))?;
            taking = Some(self.taking.write().unwrap_or_else(PoisonError::into_inner));
            self.new_names().extend(changes.clone().filter_map(|change| Some(change.intent.as_ref()?.0.clone())));
            if let Some(durable) = durable.take() {
                durable();
            }
            both.take(apply).map_err(uncertain)
        });
        self.new_names().clear();
        drop(taking);
        match (durable, done) {
            (Some(durable), done) => done.map(|()| durable()),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => {
                // They are in the log, from where the database takes them when it is opened anew.
                tracing::warn!(%error, journal = %self.medium, "the journal's file is opened anew");
                Ok(())
            }
        }
    }

    /// A transaction of the database: durable, with all that the log has, or nothing of it.
    pub(super) fn transaction<T>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.using(|both| self.durably(both, work))
    }

    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        drop(self.taking.read().unwrap_or_else(PoisonError::into_inner));
        self.read_taken(work)
    }

    /// The number of the write of this name, if it is there.
    pub(super) fn find(&self, name: &[u8]) -> Result<Option<WriteId>, StoreError> {
        if self.new_names().contains(name) {
            drop(self.taking.read().unwrap_or_else(PoisonError::into_inner));
        }
        self.read_taken(|read| Tables::find(read, name))
    }

    /// Reads what the database has taken.
    fn read_taken<T>(&self, work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        self.reopen()?;
        let begun = match &*self.slot() {
            Slot::Open(both) => both.database.begin_read().map_err(redb::Error::from),
            Slot::Broken | Slot::Closed => return Err(StoreError::Closed),
        };
        begun.and_then(|read| work(&read)).map_err(|error| {
            // After an error of the disk a database gives nothing but errors.
            if matches!(error, redb::Error::Io(_) | redb::Error::PreviousIo) {
                self.breaks();
            }
            StoreError::Unreadable(error.to_string())
        })
    }

    /// The next start finds an empty log, unless the disk fails.
    pub(super) fn close(&self) {
        if let Slot::Open(both) = &*self.slot()
            && let Err(error) = self.durably(both, |_| Ok(()))
        {
            tracing::warn!(%error, journal = %self.medium, "the journal is closed with records in its log");
        }
        *self.slot.write().unwrap_or_else(PoisonError::into_inner) = Slot::Closed;
    }

    fn using<T>(&self, work: impl FnOnce(&Both) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.reopen()?;
        let done = match &*self.slot() {
            Slot::Open(both) => work(both),
            Slot::Broken | Slot::Closed => return Err(StoreError::Closed),
        };
        if done.is_err() {
            self.breaks();
        }
        done
    }

    fn durably<T>(
        &self,
        both: &Both,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.header.take();
        both.take_all(work).map_err(|error| {
            let words = error.to_string();
            if self.header.take() { StoreError::MayBeCommitted(words) } else { StoreError::NotCommitted(words) }
        })
    }

    fn reopen(&self) -> Result<(), StoreError> {
        if matches!(&*self.slot(), Slot::Open(_)) {
            return Ok(());
        }
        let mut slot = self.slot.write().unwrap_or_else(PoisonError::into_inner);
        match &*slot {
            Slot::Open(_) => return Ok(()),
            Slot::Closed => return Err(StoreError::Closed),
            Slot::Broken => {}
        }
        *slot = Slot::Open(Both::open(&self.medium, &self.header)?);
        Ok(())
    }

    /// It is opened anew for the next who needs it, unless it was closed meanwhile.
    fn breaks(&self) {
        let mut slot = self.slot.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*slot, Slot::Open(_)) {
            *slot = Slot::Broken;
        }
    }

    fn new_names(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        self.new_names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self) -> RwLockReadGuard<'_, Slot> {
        self.slot.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Both {
    /// Opens a file, and has its database take what is in its log.
    fn open(medium: &Medium, header: &HeaderWritten) -> Result<Both, StoreError> {
        let failed = |error: redb::Error| StoreError::NotCommitted(error.to_string());
        let whole = medium.open().map_err(unopened)?;
        let behind = Watched::new(whole.clone(), header.clone());
        let database = Database::builder().set_cache_size(CACHE).create_with_backend(behind).map_err(unopened)?;
        let taken = database.begin_read().map_err(Into::into).and_then(|read| Tables::taken(&read)).map_err(failed)?;
        let (log, records) = Log::open(Arc::clone(&whole), taken).map_err(|error| unopened(io_error(error)))?;
        let records = records.iter().map(|record| change::decode(record)).collect::<Result<Vec<_>, _>>()?;
        let both = Both { database, log: Mutex::new(log) };
        // Also where there is nothing: what readers look into is there from now on.
        both.take_all(|tables| records.iter().flatten().try_for_each(|change| tables.apply(change))).map_err(failed)?;
        Ok(both)
    }

    /// The database takes what the log has: it is seen from now on, and durable in the log.
    fn take(&self, work: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>) -> Result<(), redb::Error> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::None)?;
        work(&mut Tables::of(&transaction)?)?;
        Ok(transaction.commit()?)
    }

    /// Makes the database durable, so that the log can begin anew.
    fn take_all<T>(&self, work: impl FnOnce(&mut Tables<'_>) -> Result<T, redb::Error>) -> Result<T, redb::Error> {
        let mut log = self.log();
        let mut transaction = self.database.begin_write()?;
        transaction.set_quick_repair(true);
        let done = {
            let mut tables = Tables::of(&transaction)?;
            tables.have_taken(log.last())?;
            work(&mut tables)?
        };
        transaction.commit()?;
        log.is_taken();
        Ok(done)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unopened(error: DatabaseError) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse,
        other => StoreError::NotCommitted(other.to_string()),
    }
}
