//! A write that did not succeed.

use stockbridge_journal::{AttemptFailure, WriteRefusal};
use stockbridge_model::Outcome;

use super::Error;

/// A write that did not succeed. The two variants require different reactions: match on them.
///
/// Cloning it is cheap. It is serialised as the contained [`Error`], which has the outcome.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteFailure {
    /// The provider did not apply it. Sending it again cannot apply it twice; the error's class tells whether that helps.
    #[error("not applied: {0}")]
    NotApplied(#[source] Error),
    /// The provider may have applied it. Sending it again may apply it twice: look it up first.
    #[error("outcome unknown, it may have been carried out: {0}")]
    Unknown(#[source] Error),
}

impl WriteFailure {
    /// The failure itself.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            WriteFailure::NotApplied(error) | WriteFailure::Unknown(error) => error,
        }
    }

    /// Whether the write may have been applied.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            WriteFailure::NotApplied(_) => Outcome::NotApplied,
            WriteFailure::Unknown(_) => Outcome::Unknown,
        }
    }

    pub(crate) fn new(outcome: Outcome, error: impl Into<Error>) -> WriteFailure {
        let mut error = error.into();
        error.outcome = Some(outcome);
        match outcome {
            Outcome::NotApplied => WriteFailure::NotApplied(error),
            Outcome::Unknown => WriteFailure::Unknown(error),
        }
    }
}

impl From<WriteFailure> for Error {
    fn from(failure: WriteFailure) -> Error {
        match failure {
            WriteFailure::NotApplied(error) | WriteFailure::Unknown(error) => error,
        }
    }
}

impl From<WriteRefusal> for WriteFailure {
    fn from(refusal: WriteRefusal) -> WriteFailure {
        WriteFailure::new(refusal.outcome, refusal.reason)
    }
}

/// The failure with the data that the journal acts on.
impl From<&Error> for AttemptFailure {
    fn from(error: &Error) -> AttemptFailure {
        AttemptFailure { failure: error.into(), retry_after: error.retry_after() }
    }
}
