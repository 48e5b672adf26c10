//! Stand-in for the store of a journal that another process holds: every operation fails.

use std::path::PathBuf;

use stockbridge_model::{Timestamp, WriteId};

use super::{Change, Copied, Eventually, Store, StoreError, Stored, Verified};
use crate::age::Age;
use crate::application::Row;
use crate::gap::Gap;

/// A store that is waited for. It never reports that something does not exist.
pub(crate) struct AwaitedStore {
    /// Path of the journal.
    pub(crate) place: String,
}

impl AwaitedStore {
    fn not_yet<T: Send + 'static>(&self) -> Eventually<T> {
        let error = StoreError::Awaited(self.place.clone());
        Box::pin(std::future::ready(Err(error)))
    }
}

impl Store for AwaitedStore {
    fn commit(&self, _: Change) -> Eventually<()> {
        self.not_yet()
    }

    fn find(&self, _: Vec<u8>) -> Eventually<Option<WriteId>> {
        self.not_yet()
    }

    fn load(&self, _: WriteId) -> Eventually<Option<Stored>> {
        self.not_yet()
    }

    fn history(&self, _: WriteId) -> Eventually<Vec<Vec<u8>>> {
        self.not_yet()
    }

    fn before(&self, _: Option<WriteId>, _: usize) -> Eventually<Vec<(WriteId, Stored)>> {
        self.not_yet()
    }

    fn open(&self) -> Eventually<Vec<(WriteId, Option<Timestamp>)>> {
        self.not_yet()
    }

    fn forget(&self, _: Age) -> Eventually<usize> {
        self.not_yet()
    }

    fn applications(&self) -> Eventually<Vec<Row>> {
        self.not_yet()
    }

    fn put_applications(&self, _: Vec<Row>) -> Eventually<()> {
        self.not_yet()
    }

    fn put_gap(&self, _: Gap) -> Eventually<()> {
        self.not_yet()
    }

    fn back_up(&self, _: PathBuf, _: Timestamp) -> Eventually<Copied> {
        self.not_yet()
    }

    fn verify(&self) -> Eventually<Verified> {
        self.not_yet()
    }

    fn last(&self) -> Eventually<WriteId> {
        self.not_yet()
    }

    /// Nothing to release.
    fn close(&self) -> Eventually<()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
