//! An error as it is written down.

use serde::{Deserialize, Serialize};

use super::{Error, ErrorClass, ErrorKind, ProviderFailure};
use crate::model::{Timestamp, WriteId};

/// An error, as far as it can be written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Failure {
    /// The error's stable name: see [`crate::Error::code`].
    pub code: String,
    /// Why, for a program to act on.
    pub class: ErrorClass,
    /// For a person.
    pub message: String,
    /// All that the connector reported, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderFailure>,
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Failure {
        Failure {
            code: error.code().to_owned(),
            class: error.class(),
            message: error.to_string(),
            provider: error.provider().cloned(),
        }
    }

    /// The host's own words.
    pub(crate) fn new(code: &str, class: ErrorClass, message: impl Into<String>) -> Failure {
        Failure { code: code.to_owned(), class, message: message.into(), provider: None }
    }

    /// The error of who gives the order again: what was recorded then, under which number.
    pub(crate) fn recorded(self, id: WriteId, recorded: Timestamp) -> Error {
        ErrorKind::Recorded { id, recorded, failure: Box::new(self) }.into()
    }
}
