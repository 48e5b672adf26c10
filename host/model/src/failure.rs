//! An error as it is written down.

use serde::{Deserialize, Serialize};

use super::{ErrorClass, ProviderFailure};

/// An error, as far as it can be written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Failure {
    /// The error's stable name: as `order.invalid`.
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
    /// A failure in the recorder's own words, without a provider's report.
    #[must_use]
    pub fn new(code: &str, class: ErrorClass, message: impl Into<String>) -> Failure {
        Failure { code: code.to_owned(), class, message: message.into(), provider: None }
    }

    /// The same, with all that the connector reported.
    #[must_use]
    pub fn reported(self, provider: Option<ProviderFailure>) -> Failure {
        Failure { provider, ..self }
    }
}
