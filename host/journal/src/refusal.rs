//! The journal's refusal of a write, in place of its provider's answer, and the failure of an attempt as reported to the journal.

use std::time::Duration;

use stockbridge_model::{Failure, Outcome, Receipt, Timestamp, WriteId};

use crate::error::JournalError;
use crate::store::StoreError;

/// A write that is not sent now, or whose outcome could not be recorded.
#[derive(Clone, Debug)]
pub struct WriteRefusal {
    /// Possible effect of the write, by this sending or one before.
    pub outcome: Outcome,
    /// The reason.
    pub reason: RefusalReason,
}

/// Reason why a write is refused.
#[derive(Clone, Debug)]
pub enum RefusalReason {
    /// An error of the journal, or something that it does not allow.
    Journal(JournalError),
    /// It was sent before under the same reference, with this recorded failure.
    Recorded {
        /// Number of the write in the journal.
        id: WriteId,
        /// Time of the record.
        recorded: Timestamp,
        /// The recorded failure.
        failure: Box<Failure>,
    },
}

impl WriteRefusal {
    pub(crate) fn new(outcome: Outcome, reason: impl Into<RefusalReason>) -> WriteRefusal {
        WriteRefusal { outcome, reason: reason.into() }
    }

    /// An unknown outcome, as the answer to a request for the recorded one.
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

/// A failed attempt, as far as the journal acts on it.
#[derive(Clone, Debug)]
pub struct AttemptFailure {
    /// The failure in its recorded form.
    pub failure: Failure,
    /// Requested delay before the next attempt, where there is one.
    pub retry_after: Option<Duration>,
}

/// Answer to the caller of a write once its outcome is recorded.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The reported result of the attempt.
    AsReported,
    /// The same failure with an unknown outcome: the write was sent before, too.
    Unknown,
    /// This refusal instead.
    Refused(WriteRefusal),
}
