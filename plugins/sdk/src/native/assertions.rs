//! What a test says of a call in one line. Each panics, at the line that called it, where something else is true.

use super::{NativeHost, SentRequest};
use crate::{Error, WriteFailure};

impl NativeHost {
    /// The request that was sent.
    ///
    /// # Panics
    /// None was sent, or more than one.
    #[must_use]
    #[track_caller]
    pub fn only_sent(&self) -> SentRequest {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "one request was to be sent: {sent:#?}");
        sent.remove(0)
    }

    /// The place that a refusal names, of a call for which nothing was sent.
    ///
    /// # Panics
    /// Something was sent, or the refusal names no place.
    #[must_use]
    #[track_caller]
    pub fn refused_at(&self, error: Error) -> String {
        assert_eq!(self.sent(), [], "nothing was to be sent: {error:?}");
        assert!(error.path.is_some(), "a refusal names its place: {}", error.message);
        error.path.unwrap_or_default()
    }
}

/// Why a write was not carried out.
///
/// # Panics
/// It may have been.
#[must_use]
#[track_caller]
pub fn not_applied(failure: WriteFailure) -> Error {
    let (applied, error) = told_apart(failure);
    assert!(!applied, "it may have been carried out: {error:?}");
    error
}

/// Why nobody knows whether a write was carried out.
///
/// # Panics
/// It was not.
#[must_use]
#[track_caller]
pub fn unknown(failure: WriteFailure) -> Error {
    let (applied, error) = told_apart(failure);
    assert!(applied, "it was not carried out: {error:?}");
    error
}

/// Whether the write may have been carried out, and the error.
fn told_apart(failure: WriteFailure) -> (bool, Error) {
    match failure {
        WriteFailure::NotApplied(error) => (false, error),
        WriteFailure::Unknown(error) => (true, error),
    }
}
