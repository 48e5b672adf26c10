//! An error in its recorded form.

use serde::{Deserialize, Serialize};

use super::{ErrorClass, ProviderFailure};

/// An error in the form in which it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Failure {
    /// Stable code of the error, such as `order.invalid`.
    pub code: String,
    /// Class of the error, for a program to act on.
    pub class: ErrorClass,
    /// Message for a person.
    pub message: String,
    /// The connector's full report, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderFailure>,
}

impl Failure {
    /// A failure found by the recorder itself, without a provider's report.
    #[must_use]
    pub fn new(code: &str, class: ErrorClass, message: impl Into<String>) -> Failure {
        Failure { code: code.to_owned(), class, message: message.into(), provider: None }
    }

    /// Adds the connector's full report.
    #[must_use]
    pub fn reported(self, provider: Option<ProviderFailure>) -> Failure {
        Failure { provider, ..self }
    }
}
