//! Failures that a connector reports: its own or the provider's refusal, with the reason.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Extras;

/// A failure that a connector reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ProviderFailure {
    /// Name of the account.
    pub account: String,
    /// Class of the failure.
    pub class: ErrorClass,
    /// The field at fault in the order or query.
    pub path: Option<String>,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// The provider's own message.
    pub provider_message: Option<String>,
    /// Message for a person: what happened and what to do about it.
    pub message: String,
    /// Time that the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// The provider's method that the wait applies to; none: all methods.
    pub limited_method: Option<String>,
    /// Provider-specific fields.
    pub extras: Extras,
}

impl ProviderFailure {
    /// A failure of this account, with a message for a person and without the provider's own fields.
    #[must_use]
    pub fn new(account: impl Into<String>, class: ErrorClass, message: impl Into<String>) -> ProviderFailure {
        ProviderFailure {
            account: account.into(),
            class,
            path: None,
            provider_code: None,
            provider_message: None,
            message: message.into(),
            retry_after: None,
            limited_method: None,
            extras: Extras::new(),
        }
    }

    /// Code of this failure, stable across releases, such as `provider.rejected`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.class {
            ErrorClass::InvalidRequest => "provider.invalid-request",
            ErrorClass::Unsupported => "provider.unsupported",
            ErrorClass::Unauthorized => "provider.unauthorized",
            ErrorClass::Forbidden => "provider.forbidden",
            ErrorClass::NotFound => "provider.not-found",
            ErrorClass::Rejected => "provider.rejected",
            ErrorClass::RateLimited => "provider.rate-limited",
            ErrorClass::Unavailable => "provider.unavailable",
            ErrorClass::MalformedResponse => "provider.malformed-response",
            ErrorClass::Internal => "provider.internal",
        }
    }
}

impl std::error::Error for ProviderFailure {}

impl fmt::Display for ProviderFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "account `{}`: ", self.account)?;
        if let Some(path) = &self.path {
            write!(formatter, "{path}: ")?;
        }
        formatter.write_str(&self.message)?;
        if let Some(wait) = self.retry_after {
            write!(formatter, " (try again in {} s)", wait.as_millis().div_ceil(1000))?;
        }
        Ok(())
    }
}

/// Class of a failure, for a program to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorClass {
    /// The order, query or configuration itself is wrong.
    InvalidRequest,
    /// The provider, or this account at it, does not support the operation.
    Unsupported,
    /// The provider does not recognise the caller.
    Unauthorized,
    /// The caller lacks permission, at the provider or by the operator's grants.
    Forbidden,
    /// Something that the order names does not exist.
    NotFound,
    /// The provider understood the request and declined it.
    Rejected,
    /// Too many requests.
    RateLimited,
    /// The provider or the connection to it failed: try again later.
    Unavailable,
    /// The answer differs from the provider's documentation.
    MalformedResponse,
    /// The connector or the host is at fault.
    Internal,
}

impl ErrorClass {
    /// The class as the contract writes it: `rate-limited`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorClass::InvalidRequest => "invalid-request",
            ErrorClass::Unsupported => "unsupported",
            ErrorClass::Unauthorized => "unauthorized",
            ErrorClass::Forbidden => "forbidden",
            ErrorClass::NotFound => "not-found",
            ErrorClass::Rejected => "rejected",
            ErrorClass::RateLimited => "rate-limited",
            ErrorClass::Unavailable => "unavailable",
            ErrorClass::MalformedResponse => "malformed-response",
            ErrorClass::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
