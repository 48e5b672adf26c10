//! A journal's database and the log in front of it, of one opening: opening them, and applying the log to the
//! database.

use std::sync::Arc;

use redb::{Database, Durability, ReadTransaction, ReadableDatabase as _};

use super::backend::HeaderWritten;
use super::blocks::{Blocks, Damage};
use super::change;
use super::log::Log;
use super::place::Place;
use super::tables::Tables;
use super::trouble::{opening, unopened};
use crate::store::StoreError;

use parking_lot::{Mutex, MutexGuard};

/// Size of the database's cache, in bytes.
const CACHE_SIZE: usize = 64 * 1024 * 1024;

/// A database and the log in front of it.
pub(super) struct LogAndDb {
    pub(super) database: Database,
    log: Mutex<Log>,
    pub(super) damage: Damage,
    /// Identity of this opening: an error of an earlier one, whose reader is still running, does not concern this one.
    pub(super) opening: Arc<()>,
}

impl LogAndDb {
    /// Opens a journal and applies its log to its database.
    pub(super) fn open(place: Place, header: &HeaderWritten) -> Result<LogAndDb, StoreError> {
        let Place { whole, label, .. } = place;
        let blocks = Blocks::of(whole.clone(), label.begin, label.identity, header.clone());
        let damage = blocks.damage();
        let or_damage = |error: StoreError| damage.found().map_or(error, StoreError::Damaged);
        let database = Database::builder().set_cache_size(CACHE_SIZE).create_with_backend(blocks).map_err(opening);
        let database = database.map_err(or_damage)?;
        let failed = |error: redb::Error| or_damage(StoreError::NotCommitted(error.to_string()));
        let taken = database.begin_read().map_err(Into::into).and_then(|read| Tables::taken(&read)).map_err(failed)?;
        let (log, found) = Log::open(whole.clone(), label.identity, taken).map_err(unopened)?;
        if let Some(problem) = found.damage {
            return Err(StoreError::Damaged(problem));
        }
        let records = found.records.iter().map(|record| change::decode(record)).collect::<Result<Vec<_>, _>>()?;
        // If its label was damaged, and it was recognised by what follows the log.
        if !label.stands_on(&*whole).map_err(unopened)? {
            super::place::write_label(&*whole, label).map_err(unopened)?;
        }
        let both = LogAndDb { database, log: Mutex::new(log), damage: damage.clone(), opening: Arc::default() };
        // Also if the log is empty: this creates the tables that readers open.
        let taken = both.checkpoint(|tables| tables.apply(records.iter().flatten()));
        taken.map_err(failed)?;
        Ok(both)
    }

    /// Applies the log's changes to the database: visible from now on, and durable in the log.
    pub(super) fn apply(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
    ) -> Result<(), redb::Error> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::None)?;
        work(&mut Tables::of(&transaction)?)?;
        Ok(transaction.commit()?)
    }

    /// Commits the database durably, with a change that the log does not have. It gets a number like the log's changes: if
    /// this commit is lost, the log lacks the number.
    pub(super) fn apply_durably<T>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let last = self.log().last().saturating_add(1);
        self.commit_durably(last, work)
    }

    /// Commits the database durably, with only the log's changes.
    fn checkpoint(&self, work: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>) -> Result<(), redb::Error> {
        let last = self.log().last();
        self.commit_durably(last, work)
    }

    fn commit_durably<T>(
        &self,
        last: u64,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let mut log = self.log();
        let mut transaction = self.database.begin_write()?;
        transaction.set_quick_repair(true);
        let done = {
            let mut tables = Tables::of(&transaction)?;
            tables.put_taken(last)?;
            work(&mut tables)?
        };
        transaction.commit()?;
        log.mark_applied(last);
        Ok(done)
    }

    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let read = self.database.begin_read().map_err(redb::Error::from).and_then(|read| work(&read));
        read.map_err(|error| match self.damage.found() {
            Some(problem) => StoreError::Damaged(problem),
            None => StoreError::Unreadable(error.to_string()),
        })
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock()
    }
}
