//! Conversion of disk and redb errors, and of redb's panics over a damaged database, into store errors.

use std::io;
use std::panic::{self, AssertUnwindSafe};

use super::backend::io_error;
use crate::store::StoreError;

pub(super) fn opening(error: redb::DatabaseError) -> StoreError {
    match error {
        redb::DatabaseError::DatabaseAlreadyOpen => StoreError::InUse,
        other => StoreError::NotCommitted(other.to_string()),
    }
}

pub(super) fn unopened(error: io::Error) -> StoreError {
    opening(io_error(error))
}

/// Runs work that calls redb. redb panics over an impossible database: that is reported as damage.
pub(super) fn contained<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panicked| {
        let message = panicked.downcast_ref::<&str>().map(|message| (*message).to_owned());
        let message = message.or_else(|| panicked.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(StoreError::Damaged(format!("its database cannot be understood ({message})")))
    })
}
