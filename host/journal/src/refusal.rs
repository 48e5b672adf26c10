//! The journal's answer to a write in place of its provider's, and the failure of an attempt as it is reported to the journal.

use std::time::Duration;

use stockbridge_model::{Failure, Outcome, Receipt, Timestamp, WriteId};

use crate::error::JournalError;
use crate::store::StoreError;

/// A write that is not sent now, or whose outcome could not be recorded.
#[derive(Clone, Debug)]
pub struct WriteRefusal {
    /// Whether it may have been carried out, by this sending or one before.
    pub outcome: Outcome,
    /// Why.
    pub reason: RefusalReason,
}

/// Why a write is refused.
#[derive(Clone, Debug)]
pub enum RefusalReason {
    /// Trouble with the journal, or what it does not allow.
    Journal(JournalError),
    /// It was sent before under the same reference, and this is recorded of it.
    Recorded {
        /// Its number in the journal.
        id: WriteId,
        /// When that was recorded.
        recorded: Timestamp,
        /// What was recorded then.
        failure: Box<Failure>,
    },
}

impl WriteRefusal {
    pub(crate) fn new(outcome: Outcome, reason: impl Into<RefusalReason>) -> WriteRefusal {
        WriteRefusal { outcome, reason: reason.into() }
    }

    /// As the answer to who asks for the recorded outcome.
    pub fn unknown(reason: RefusalReason) -> Option<Result<Receipt, WriteRefusal>> {
        Some(Err(WriteRefusal::new(Outcome::Unknown, reason)))
    }
}

impl RefusalReason {
    pub(crate) fn recorded(failure: Failure, id: WriteId, recorded: Timestamp) -> RefusalReason {
        RefusalReason::Recorded { id, recorded, failure: Box::new(failure) }
    }
}

impl From<JournalError> for RefusalReason {
    fn from(error: JournalError) -> RefusalReason {
        RefusalReason::Journal(error)
    }
}

impl From<StoreError> for RefusalReason {
    fn from(error: StoreError) -> RefusalReason {
        RefusalReason::Journal(error.into())
    }
}

/// An attempt that failed, as far as the journal acts on it.
#[derive(Clone, Debug)]
pub struct AttemptFailure {
    /// As it is written down.
    pub failure: Failure,
    /// How long to wait before the next one, where somebody said so.
    pub retry_after: Option<Duration>,
}

/// What the caller of a write gets once its outcome is recorded.
#[derive(Clone, Debug)]
pub enum Ending {
    /// What was reported of the attempt.
    AsReported,
    /// The same failure, as one whose outcome is unknown: it was sent before, too.
    Unknown,
    /// This in its place.
    Refused(WriteRefusal),
}
