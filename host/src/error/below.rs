//! Conversions between errors of the host and failures of the crates below it.

#[cfg(feature = "network")]
use stockbridge_egress::NetworkError;
use stockbridge_journal::{JournalError, RefusalReason, StoreError};
use stockbridge_model::Failure;

use super::{Error, ErrorKind};

/// The part of an error that can be recorded.
impl From<&Error> for Failure {
    fn from(error: &Error) -> Failure {
        Failure::new(error.code(), error.class(), error.to_string()).reported(error.provider().cloned())
    }
}

#[cfg(feature = "network")]
impl From<NetworkError> for Error {
    fn from(error: NetworkError) -> Error {
        match error {
            NetworkError::NoTlsProvider => ErrorKind::NoTlsProvider.into(),
            other => Error::from(ErrorKind::Runtime(other.to_string())).caused_by(other),
        }
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Error {
        ErrorKind::Journal(error).into()
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        JournalError::from(error).into()
    }
}

impl From<RefusalReason> for Error {
    fn from(reason: RefusalReason) -> Error {
        match reason {
            RefusalReason::Journal(error) => error.into(),
            RefusalReason::Recorded { id, recorded, failure } => ErrorKind::Recorded { id, recorded, failure }.into(),
        }
    }
}
