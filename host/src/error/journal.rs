//! What can go wrong with the journal of writes.

use serde::{Deserialize, Serialize};

use crate::journal::{StoreError, WriteId};
use crate::model::Reference;

/// Trouble with the journal, or what it does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JournalError {
    /// Another process, or another host of this one, works on it.
    #[error(
        "the journal {place} is in use: another host works on it. End that host, or give this one a journal of its own"
    )]
    InUse {
        /// Where it is.
        place: String,
    },
    /// It cannot be opened.
    #[error("the journal {place} cannot be opened: {reason}")]
    Unopened {
        /// Where it is.
        place: String,
        /// Why.
        reason: String,
    },
    /// It cannot be written or read. No write is sent that it does not have.
    #[error("the journal cannot be used, and without it no write is sent: {reason}")]
    Unwritable {
        /// Why.
        reason: String,
    },
    /// The host is shut down.
    #[error("the host is shut down")]
    Closed,
    /// The reference stands for another order.
    #[error(
        "reference: `{reference}` stands for another order, write {id} of the journal: an order has a reference of its own"
    )]
    ReferenceTaken {
        /// The reference.
        reference: Reference,
        /// The write that has it.
        id: WriteId,
    },
    /// Another task is sending the write, or finding out about it.
    #[error("the write is on its way, by another call or by the host itself: ask for it later by its reference")]
    Busy,
    /// The process that sent it ended, and nobody knows how far it came.
    #[error("the host that was sending it ended; the host that has the journal finds out")]
    Interrupted,
    /// There is no write of this number.
    #[error("the journal has no write {id}; it may have ended long ago and be forgotten")]
    NoSuchWrite {
        /// The number.
        id: WriteId,
    },
    /// What has ended cannot be settled.
    #[error("write {id} has ended; what is known of it stays")]
    Ended {
        /// The number.
        id: WriteId,
    },
    /// A settlement without a note, or with one that is too long.
    #[error("a write is settled with a note on how it is known, of at most {limit} bytes with the name beside it")]
    Note {
        /// The most bytes.
        limit: usize,
    },
}

impl JournalError {
    /// Why a journal could not be opened there.
    pub(crate) fn opening(place: &str, error: &StoreError) -> JournalError {
        let place = place.to_owned();
        match error {
            StoreError::InUse => JournalError::InUse { place },
            other => JournalError::Unopened { place, reason: other.to_string() },
        }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            JournalError::InUse { .. } => "journal.in-use",
            JournalError::Unopened { .. } => "journal.unopened",
            JournalError::Unwritable { .. } => "journal.unwritable",
            JournalError::Closed => "host.closed",
            JournalError::ReferenceTaken { .. } => "order.reference-taken",
            JournalError::Busy => "write.busy",
            JournalError::Interrupted => "write.interrupted",
            JournalError::NoSuchWrite { .. } => "journal.no-such-write",
            JournalError::Ended { .. } => "write.ended",
            JournalError::Note { .. } => "journal.note",
        }
    }

    pub(super) fn class(&self) -> super::ErrorClass {
        use super::ErrorClass;
        match self {
            JournalError::ReferenceTaken { .. } | JournalError::Ended { .. } | JournalError::Note { .. } => {
                ErrorClass::InvalidRequest
            }
            JournalError::NoSuchWrite { .. } => ErrorClass::NotFound,
            JournalError::InUse { .. }
            | JournalError::Unopened { .. }
            | JournalError::Unwritable { .. }
            | JournalError::Closed
            | JournalError::Busy
            | JournalError::Interrupted => ErrorClass::Unavailable,
        }
    }
}
