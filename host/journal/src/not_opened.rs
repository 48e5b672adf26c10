//! Conversion of store errors into journal errors, for opening a journal and for working on it.

use std::path::Path;

use super::StoreError;
use super::holder_note::holder;
use crate::error::JournalError;

/// Reason why the journal at a path could not be opened.
pub(crate) fn not_opened(place: &str, error: &StoreError) -> JournalError {
    let place = place.to_owned();
    match error {
        StoreError::InUse => {
            let holder = holder(Path::new(&place));
            JournalError::InUse { place, holder }
        }
        StoreError::Exists(file) => JournalError::Exists { place: file.display().to_string() },
        StoreError::Missing(reason) => JournalError::Missing { place, reason: reason.clone() },
        StoreError::Damaged(problem) => {
            JournalError::Damaged { place: Some(place), problem: problem.clone(), readable: None }
        }
        other => JournalError::Unopened { place, reason: format!("its file cannot be opened as a journal ({other})") },
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> JournalError {
        match error {
            StoreError::Closed => JournalError::Closed,
            StoreError::Exists(file) => JournalError::Exists { place: file.display().to_string() },
            StoreError::Awaited(place) => {
                let holder = holder(Path::new(&place));
                JournalError::InUse { place, holder }
            }
            StoreError::Damaged(problem) => JournalError::Damaged { place: None, problem, readable: None },
            other => JournalError::Unwritable { reason: other.to_string() },
        }
    }
}
