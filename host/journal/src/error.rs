//! Errors of the journal of writes.

use serde::{Deserialize, Serialize};

use stockbridge_model::{ErrorClass, Failure, Reference, Timestamp, WriteId};

use crate::holder::JournalHolder;

/// Code of a recorded write that a gap of the journal may hide.
pub const IN_GAP: &str = "write.in-gap";

/// An error of the journal, or something that it does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JournalError {
    /// Another process, or another host of this one, holds the journal.
    #[error(
        "the journal {place} is in use: {} holds it. End that host, or give this one a journal of its own",
        holder_name(.holder.as_ref())
    )]
    InUse {
        /// Path of the journal.
        place: String,
        /// Its holder, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<JournalHolder>,
    },
    /// It cannot be opened.
    #[error("the journal {place} cannot be opened: {reason}")]
    Unopened {
        /// Path of the journal.
        place: String,
        /// The reason.
        reason: String,
    },
    /// It is missing and is not created: it is required, or existed before.
    #[error(
        "the journal {place} is missing: {reason}. Restore it, or check that its volume is mounted; `stockbridge journal init` creates a \
         new one, which knows no earlier order"
    )]
    Missing {
        /// Expected path.
        place: String,
        /// How that is known.
        reason: String,
    },
    /// A file exists where one was to be created. It was not touched.
    #[error("{place} exists already and was not touched: give the name of a new file")]
    Exists {
        /// Path of the existing file.
        place: String,
    },
    /// Its contents differ from what was written, so nothing in it is trusted: every order is unknown, and none is sent.
    #[error(
        "the journal{} is damaged: {problem}.{} No write is sent, and every order is unknown. Restore a backup, or copy what can be \
         read into a new one with `stockbridge journal repair`",
        place.as_ref().map(|place| format!(" {place}")).unwrap_or_default(),
        readable.map(|writes| format!(" {writes} writes can still be read.")).unwrap_or_default()
    )]
    Damaged {
        /// Path of the journal, where that is known.
        place: Option<String>,
        /// Description of the damage.
        problem: String,
        /// Number of writes that can still be read, where that was determined.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        readable: Option<u64>,
    },
    /// It was restored, and does not know what was sent in between: the order may have been.
    #[error(
        "the journal has no record of what was sent between {from} and {until}, and the order may be as old: it is not sent, but looked \
         up at the provider, or left to an operator; after a comparison with the provider, `stockbridge journal gap close` lets orders go out again"
    )]
    InGap {
        /// Start of the gap.
        from: Timestamp,
        /// Time of the restore.
        until: Timestamp,
    },
    /// There is no such gap.
    #[error("the journal has no open gap{}", account.as_ref().map(|account| format!(" for the account `{account}`")).unwrap_or_default())]
    NoGap {
        /// The named account, if any.
        account: Option<String>,
    },
    /// It cannot be written or read. No write is sent without a record of it.
    #[error("the journal cannot be used, and without it no write is sent ({reason})")]
    Unwritable {
        /// The reason.
        reason: String,
    },
    /// The host was shut down.
    #[error("the host is shut down")]
    Closed,
    /// Another order has the reference.
    #[error(
        "reference: `{reference}` is the reference of another order, write {id} of the journal: each order needs its own"
    )]
    ReferenceTaken {
        /// The reference.
        reference: Reference,
        /// The write that has it.
        id: WriteId,
    },
    /// The account's share of the journal is used up.
    #[error(
        "the writes of the account `{account}` fill its share of the journal, {share_mib} MiB: nothing was sent. Raise its \
         limits.journal-mib, or keep ended writes for fewer days with journal.keep-days"
    )]
    ShareUsed {
        /// Name of the account.
        account: String,
        /// Size of the share, in MiB.
        share_mib: u64,
    },
    /// Another task is sending the write, or looking it up.
    #[error(
        "the write is being sent or looked up, by another call or by the host itself: ask for it later by its reference"
    )]
    Busy,
    /// The process that sent it ended, and how far the sending got is unknown.
    #[error("the host that was sending it ended; the host that holds the journal finds out")]
    Interrupted,
    /// There is no write of this number.
    #[error("the journal has no write {id}; an old ended write may have been forgotten")]
    NoSuchWrite {
        /// The number.
        id: WriteId,
    },
    /// An ended write cannot be settled.
    #[error("write {id} has ended; its outcome is final")]
    Ended {
        /// The number.
        id: WriteId,
    },
    /// A settlement without a note, or with one that is too long.
    #[error("a settlement needs a note on how it is known, of at most {limit} bytes including the name")]
    Note {
        /// Maximum length, in bytes.
        limit: usize,
    },
}

/// Describes the holder of a journal, for a person.
fn holder_name(holder: Option<&JournalHolder>) -> String {
    holder.map_or_else(|| "another host, which left no note,".to_owned(), |holder| format!("{holder},"))
}

impl JournalError {
    /// Adds the number of writes that can be read of a damaged journal.
    pub fn with_readable(mut self, writes: Option<u64>) -> JournalError {
        if let JournalError::Damaged { readable, .. } = &mut self {
            *readable = writes;
        }
        self
    }

    /// Code of the error, stable across releases, such as `journal.in-use`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            JournalError::InUse { .. } => "journal.in-use",
            JournalError::Unopened { .. } => "journal.unopened",
            JournalError::Missing { .. } => "journal.missing",
            JournalError::Exists { .. } => "journal.exists",
            JournalError::Damaged { .. } => "journal.damaged",
            JournalError::InGap { .. } => IN_GAP,
            JournalError::NoGap { .. } => "journal.no-gap",
            JournalError::Unwritable { .. } => "journal.unwritable",
            JournalError::Closed => "host.closed",
            JournalError::ReferenceTaken { .. } => "order.reference-taken",
            JournalError::ShareUsed { .. } => "journal.share-used",
            JournalError::Busy => "write.busy",
            JournalError::Interrupted => "write.interrupted",
            JournalError::NoSuchWrite { .. } => "journal.no-such-write",
            JournalError::Ended { .. } => "write.ended",
            JournalError::Note { .. } => "journal.note",
        }
    }

    /// Class of the failure.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            JournalError::Exists { .. }
            | JournalError::ReferenceTaken { .. }
            | JournalError::Ended { .. }
            | JournalError::Note { .. } => ErrorClass::InvalidRequest,
            JournalError::NoSuchWrite { .. } | JournalError::NoGap { .. } => ErrorClass::NotFound,
            JournalError::Damaged { .. } | JournalError::Missing { .. } => ErrorClass::Internal,
            JournalError::InUse { .. }
            | JournalError::Unopened { .. }
            | JournalError::InGap { .. }
            | JournalError::Unwritable { .. }
            | JournalError::Closed
            | JournalError::ShareUsed { .. }
            | JournalError::Busy
            | JournalError::Interrupted => ErrorClass::Unavailable,
        }
    }
}

/// Converts an error into its recorded form.
impl From<&JournalError> for Failure {
    fn from(error: &JournalError) -> Failure {
        Failure::new(error.code(), error.class(), error.to_string())
    }
}
