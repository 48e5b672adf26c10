//! Assertions about a call, each in one line of a test. A failed one panics at the caller's line.

use super::{NativeHost, SentRequest};
use crate::{Error, WriteFailure};

impl NativeHost {
    /// Returns the only request sent.
    ///
    /// # Panics
    /// The number of requests sent differs from one.
    #[must_use]
    #[track_caller]
    pub fn only_sent(&self) -> SentRequest {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "expected one request: {sent:#?}");
        sent.remove(0)
    }

    /// Returns the path that a refusal names, for a call refused before its first request.
    ///
    /// # Panics
    /// A request was sent, or the refusal names no path.
    #[must_use]
    #[track_caller]
    pub fn refused_at(&self, error: Error) -> String {
        assert_eq!(self.sent(), [], "expected no request: {error:?}");
        assert!(error.path.is_some(), "the refusal names no path: {}", error.message);
        error.path.unwrap_or_default()
    }
}

/// Error of a write that was not applied.
///
/// # Panics
/// The write may have been applied.
#[must_use]
#[track_caller]
pub fn not_applied(failure: WriteFailure) -> Error {
    let (may_be_applied, error) = classify(failure);
    assert!(!may_be_applied, "the write may have been applied: {error:?}");
    error
}

/// Error of a write with an unknown outcome.
///
/// # Panics
/// The write was not applied.
#[must_use]
#[track_caller]
pub fn unknown(failure: WriteFailure) -> Error {
    let (may_be_applied, error) = classify(failure);
    assert!(may_be_applied, "the write was not applied: {error:?}");
    error
}

/// Whether the write may have been applied, and the error.
fn classify(failure: WriteFailure) -> (bool, Error) {
    match failure {
        WriteFailure::NotApplied(error) => (false, error),
        WriteFailure::Unknown(error) => (true, error),
    }
}
