//! How things fail: one error type, with all that a program or a person needs in order to act.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::config::ConfigError;
use crate::model::{Extras, Invalid};

/// Any failure of this crate.
///
/// A program decides by [`Error::class`], [`Error::outcome`] and [`Error::code`]; a person reads its text.
#[derive(Debug)]
pub struct Error {
    kind: Box<ErrorKind>,
    outcome: Option<Outcome>,
}

/// What failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(ConfigError),
    /// A component cannot serve as a connector.
    #[error(transparent)]
    Component(ComponentError),
    /// The runtime could not be set up on this machine.
    #[error("the runtime could not start: {0}")]
    Runtime(String),
    /// There is no account of this name.
    #[error("there is no account `{name}`; the configuration has {}", listed(known))]
    UnknownAccount {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// An order or query is wrong in itself, whatever the provider.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The account does not offer the operation.
    #[error("account `{account}` does not offer `{operation}`; it offers {}", listed(offered))]
    Unsupported {
        /// The account's name.
        account: String,
        /// As in the contract: `adjust.count`.
        operation: String,
        /// What the account does offer.
        offered: Vec<String>,
    },
    /// A cursor that does not belong to the query it came with.
    #[error(transparent)]
    Cursor(CursorError),
    /// The connector reports a failure: its own refusal, or the provider's.
    #[error(transparent)]
    Provider(ProviderFailure),
    /// The connector itself went wrong.
    #[error("account `{account}`: {fault}")]
    Connector {
        /// The account's name.
        account: String,
        /// What it did.
        fault: ConnectorFault,
    },
}

/// Why a component cannot serve as a connector.
#[derive(Debug, thiserror::Error)]
#[error("component {place}: {problem}")]
#[non_exhaustive]
pub struct ComponentError {
    /// Where the component came from: a file, or `(in memory)`.
    pub place: String,
    /// What is wrong with it.
    pub problem: ComponentProblem,
}

/// What is wrong with a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentProblem {
    /// The file cannot be read.
    #[error("cannot be read: {0}; give the path of a connector's .wasm file")]
    Unreadable(std::io::Error),
    /// The file is larger than any connector should be.
    #[error("has {size} bytes; a component may have at most {limit}")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The most that is taken.
        limit: u64,
    },
    /// Not a WebAssembly component.
    #[error(
        "is no valid WebAssembly component: {0}; build it for the component model, as `cargo xtask connectors` does"
    )]
    Malformed(String),
    /// Made for a version of the contract that this host does not know.
    #[error(
        "was built for {found}; this host knows {known}: rebuild the connector, or use a host that knows its contract"
    )]
    ContractVersion {
        /// The interface that the component has.
        found: String,
        /// The versions that this host knows.
        known: &'static str,
    },
    /// It asks for something that no connector gets.
    #[error("imports {}, which no connector is given; the contract has http, settings, secrets, clock and log", listed(.0))]
    Imports(Vec<String>),
    /// It lacks what a connector must have.
    #[error("does not export {0}; a connector exports the contract's metadata and inventory")]
    Exports(String),
    /// Its `describe` failed or answered nonsense.
    #[error("does not describe itself: {0}")]
    Describe(String),
}

/// Why a cursor was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// The text is no cursor at all.
    #[error("cursor: this is no cursor of Stockbridge; use the `next` of a page as it came, or start the query again")]
    Malformed,
    /// It belongs to another account or another query.
    #[error(
        "cursor: it belongs to another account or another query; use it with the query that it came from, or start again"
    )]
    Foreign,
    /// It was made by another version of the connector.
    #[error("cursor: it was made by another version of the connector; start the query again without it")]
    OtherVersion,
}

/// A failure that a connector reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ProviderFailure {
    /// The account's name.
    pub account: String,
    /// What kind of failure.
    pub class: ErrorClass,
    /// The field at fault in the order or query.
    pub path: Option<String>,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// The provider's own words.
    pub provider_message: Option<String>,
    /// For a person: what happened and what to do about it.
    pub message: String,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// The provider's method that the wait is for; none: all of them.
    pub limited_method: Option<String>,
    /// What else the provider said.
    pub extras: Extras,
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

/// How a connector went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectorFault {
    /// It trapped.
    #[error("the connector trapped: {0}")]
    Trapped(String),
    /// The call's deadline passed.
    #[error("the call did not end within {} ms", .0.as_millis())]
    Deadline(Duration),
    /// It wanted more memory than the account's limit.
    #[error("the connector wanted more than {0} bytes of memory")]
    Memory(usize),
    /// It broke a rule of the contract.
    #[error("the connector broke the contract: {0}")]
    Violation(String),
}

/// Why an operation failed, for a program to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorClass {
    /// The order, query or configuration is wrong in itself.
    InvalidRequest,
    /// The provider, or this account at it, cannot do that.
    Unsupported,
    /// The provider does not know the caller.
    Unauthorized,
    /// The caller may not do that, at the provider or by the operator's grants.
    Forbidden,
    /// Something that the order names does not exist.
    NotFound,
    /// The provider understood and declined.
    Rejected,
    /// Too many requests.
    RateLimited,
    /// The provider or the way to it failed: try again later.
    Unavailable,
    /// The answer was not what the provider documents.
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

/// What a failed write may have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The provider did not carry it out. Sending it again is safe.
    NotApplied,
    /// It may have been carried out. Sending it again may do it twice.
    Unknown,
}

/// A write that did not succeed. The two are different types of trouble: match on them.
#[derive(Debug, thiserror::Error)]
pub enum WriteFailure {
    /// The provider did not carry it out. Sending it again is safe.
    #[error("not applied: {0}")]
    NotApplied(Error),
    /// It may have been carried out. Sending it again may do it twice: find out first.
    #[error("outcome unknown, it may have been carried out: {0}")]
    Unknown(Error),
}

impl WriteFailure {
    /// The failure itself.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            WriteFailure::NotApplied(error) | WriteFailure::Unknown(error) => error,
        }
    }

    /// Whether the write may have been carried out.
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

impl Error {
    /// What failed, for matching.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Why, for a program to act on.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match &*self.kind {
            ErrorKind::Config(_) | ErrorKind::Invalid(_) | ErrorKind::Cursor(_) => ErrorClass::InvalidRequest,
            ErrorKind::UnknownAccount { .. } => ErrorClass::NotFound,
            ErrorKind::Unsupported { .. } => ErrorClass::Unsupported,
            ErrorKind::Provider(failure) => failure.class,
            ErrorKind::Connector { fault: ConnectorFault::Deadline(_), .. } => ErrorClass::Unavailable,
            ErrorKind::Component(_) | ErrorKind::Runtime(_) | ErrorKind::Connector { .. } => ErrorClass::Internal,
        }
    }

    /// For a write, whether it may have been carried out; none for what is no write.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// A name for this failure that stays the same from release to release: `order.invalid`, `provider.rejected`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &*self.kind {
            ErrorKind::Config(_) => "config.invalid",
            ErrorKind::Component(error) => match error.problem {
                ComponentProblem::Unreadable(_) => "component.unreadable",
                ComponentProblem::TooLarge { .. } => "component.too-large",
                ComponentProblem::Malformed(_) => "component.malformed",
                ComponentProblem::ContractVersion { .. } => "component.contract-version",
                ComponentProblem::Imports(_) => "component.imports",
                ComponentProblem::Exports(_) => "component.exports",
                ComponentProblem::Describe(_) => "component.describe",
            },
            ErrorKind::Runtime(_) => "runtime.start",
            ErrorKind::UnknownAccount { .. } => "account.unknown",
            ErrorKind::Invalid(_) => "order.invalid",
            ErrorKind::Unsupported { .. } => "operation.unsupported",
            ErrorKind::Cursor(CursorError::Malformed) => "cursor.malformed",
            ErrorKind::Cursor(CursorError::Foreign) => "cursor.foreign",
            ErrorKind::Cursor(CursorError::OtherVersion) => "cursor.other-version",
            ErrorKind::Provider(failure) => match failure.class {
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
            },
            ErrorKind::Connector { fault, .. } => match fault {
                ConnectorFault::Trapped(_) => "connector.trapped",
                ConnectorFault::Deadline(_) => "connector.deadline",
                ConnectorFault::Memory(_) => "connector.memory",
                ConnectorFault::Violation(_) => "connector.violation",
            },
        }
    }

    /// The field at fault in the order or query: `lines[2].batch`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match &*self.kind {
            ErrorKind::Invalid(invalid) => Some(&invalid.path),
            ErrorKind::Provider(failure) => failure.path.as_deref(),
            ErrorKind::Cursor(_) => Some("cursor"),
            _ => None,
        }
    }

    /// The provider's own code, untouched.
    #[must_use]
    pub fn provider_code(&self) -> Option<&str> {
        self.provider().and_then(|failure| failure.provider_code.as_deref())
    }

    /// The provider's own words, untouched.
    #[must_use]
    pub fn provider_message(&self) -> Option<&str> {
        self.provider().and_then(|failure| failure.provider_message.as_deref())
    }

    /// How long the provider asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.provider().and_then(|failure| failure.retry_after)
    }

    /// All that the connector reported, where it did.
    #[must_use]
    pub fn provider(&self) -> Option<&ProviderFailure> {
        match &*self.kind {
            ErrorKind::Provider(failure) => Some(failure),
            _ => None,
        }
    }

    pub(crate) fn component(place: impl Into<String>, problem: ComponentProblem) -> Error {
        ErrorKind::Component(ComponentError { place: place.into(), problem }).into()
    }

    pub(crate) fn unreadable(path: &std::path::Path, error: std::io::Error) -> Error {
        Error::component(PathBuf::from(path).display().to_string(), ComponentProblem::Unreadable(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(formatter)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Error {
        Error { kind: Box::new(kind), outcome: None }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Error {
        ErrorKind::Config(error).into()
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Error {
        ErrorKind::Invalid(invalid).into()
    }
}

impl From<CursorError> for Error {
    fn from(error: CursorError) -> Error {
        ErrorKind::Cursor(error).into()
    }
}

/// `a, b and c`, or `none`.
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => format!("`{one}`"),
        [most @ .., last] => {
            let most: Vec<_> = most.iter().map(|name| format!("`{name}`")).collect();
            format!("{} and `{last}`", most.join(", "))
        }
    }
}
