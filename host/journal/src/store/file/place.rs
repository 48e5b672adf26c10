//! Bytes of a journal: its log followed by its database.

use std::io;
use std::sync::Arc;

use redb::{Database, StorageBackend};

use super::backend::HeaderWritten;
use super::blocks::Blocks;
use super::label::Label;
use super::tables::Tables;
use super::trouble::{contained, opening, unopened};
use crate::store::StoreError;

/// Bytes of a journal, with its label.
pub(super) struct Place {
    pub(super) whole: Arc<dyn StorageBackend>,
    pub(super) label: Label,
    /// Whether it was newly created.
    pub(super) made: bool,
}

/// Creates the database of a journal, with the contents that `fill` adds.
pub(super) fn make_database(
    whole: &Arc<dyn StorageBackend>,
    label: Label,
    fill: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
) -> Result<(), StoreError> {
    let blocks = Blocks::fresh(Arc::clone(whole), label.begin, label.identity);
    contained(|| {
        let database = Database::builder().create_with_backend(blocks).map_err(opening)?;
        fill_tables(&database, fill).map_err(|error| StoreError::NotCommitted(error.to_string()))
    })?;
    let blocks = Blocks::of(Arc::clone(whole), label.begin, label.identity, HeaderWritten::default());
    blocks.complete().map_err(unopened)
}

fn fill_tables(
    database: &Database,
    fill: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    fill(&mut Tables::of(&transaction)?)?;
    Ok(transaction.commit()?)
}

/// Writes the label, which makes the bytes a journal.
pub(super) fn write_label(whole: &dyn StorageBackend, label: Label) -> io::Result<()> {
    whole.write(0, &label.bytes())?;
    whole.sync_data()
}
