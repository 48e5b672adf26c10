//! Stand-in for the store of a journal that another process holds: every operation fails.

use std::path::PathBuf;

use stockbridge_model::{Timestamp, WriteId};

use super::{Change, Copied, Store, StoreError, StoreFuture, Stored, Verified};
use crate::age::Age;
use crate::application::Row;
use crate::gap::Gap;

/// A store that is waited for. It never reports that something does not exist.
pub(crate) struct AwaitedStore {
    /// Path of the journal.
    pub(crate) place: String,
}

impl AwaitedStore {
    fn not_yet<T: Send + 'static>(&self) -> StoreFuture<T> {
        let error = StoreError::Awaited(self.place.clone());
        Box::pin(std::future::ready(Err(error)))
    }
}

impl Store for AwaitedStore {
    fn commit(&self, _: Change) -> StoreFuture<()> {
        self.not_yet()
    }

    fn find(&self, _: Vec<u8>) -> StoreFuture<Option<WriteId>> {
        self.not_yet()
    }

    fn load(&self, _: WriteId) -> StoreFuture<Option<Stored>> {
        self.not_yet()
    }

    fn history(&self, _: WriteId) -> StoreFuture<Vec<Vec<u8>>> {
        self.not_yet()
    }

    fn before(&self, _: Option<WriteId>, _: usize) -> StoreFuture<Vec<(WriteId, Stored)>> {
        self.not_yet()
    }

    fn open(&self) -> StoreFuture<Vec<(WriteId, Option<Timestamp>)>> {
        self.not_yet()
    }

    fn forget(&self, _: Age) -> StoreFuture<usize> {
        self.not_yet()
    }

    fn applications(&self) -> StoreFuture<Vec<Row>> {
        self.not_yet()
    }

    fn put_applications(&self, _: Vec<Row>) -> StoreFuture<()> {
        self.not_yet()
    }

    fn put_gap(&self, _: Gap) -> StoreFuture<()> {
        self.not_yet()
    }

    fn back_up(&self, _: PathBuf, _: Timestamp) -> StoreFuture<Copied> {
        self.not_yet()
    }

    fn verify(&self) -> StoreFuture<Verified> {
        self.not_yet()
    }

    fn last(&self) -> StoreFuture<WriteId> {
        self.not_yet()
    }

    /// Nothing to release.
    fn close(&self) -> StoreFuture<()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
