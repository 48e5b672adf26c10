//! Errors of the host: one type, with everything that a program or a person needs in order to act.

mod account;
mod below;
mod component;
mod config;
mod outcome;
mod serialized;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use account::About;
pub(crate) use account::of_mistakes;
pub use component::{ComponentError, ComponentProblem, SignatureProblem, VectorProblem};
pub(crate) use config::Cause;
pub use config::{ConfigError, Place};
pub use outcome::WriteFailure;

use stockbridge_egress::SetupFailure;
use stockbridge_journal::{IN_GAP, JournalError};
use stockbridge_model::{ErrorClass, Failure, Invalid, Outcome, ProviderFailure, Timestamp, WriteId};

/// Any failure of this crate.
///
/// A program decides by [`Error::class`], [`Error::outcome`] and [`Error::code`]; a person reads its text, which is complete by
/// itself. [`source`](std::error::Error::source) returns the underlying error of the system or a library, if there is one: an
/// [`std::io::Error`], for instance. It is serialised under names that are stable across releases: code, class, message,
/// outcome, account, place, path, the provider's code and message, and the time to wait.
///
/// Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Error {
    kind: Arc<ErrorKind>,
    outcome: Option<Outcome>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    /// The account that it is about, if the kind does not contain it.
    about: Option<Arc<About>>,
}

/// What failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(ConfigError),
    /// Several mistakes of a configuration in their order, each of another kind of error. The text has one on each line.
    #[error("{}", account::lines(.0))]
    Several(Vec<Error>),
    /// A component cannot serve as a connector.
    #[error(transparent)]
    Component(ComponentError),
    /// The runtime could not be set up on this machine.
    #[error("the runtime could not start: {0}")]
    Runtime(String),
    /// rustls has no crypto provider that this crate could use.
    #[error(
        "no TLS: rustls has no provider of cryptography here; turn on the feature `tls-aws-lc` or `tls-ring` of the crate \
         `stockbridge`, or install the application's own (`CryptoProvider::install_default`) before the host is made"
    )]
    NoTlsProvider,
    /// Requests cannot be sent: this program was built without the feature `network`, and gave no transport.
    #[error(
        "there is no network: this program was built without the feature `network` of the crate `stockbridge`; build it with \
         that, or give a transport (`HostBuilder::transport`)"
    )]
    NoTransport,
    /// There is no account of this name. The existing names are not listed, because the error may reach a client of the
    /// application.
    #[error("there is no account `{name}`")]
    UnknownAccount {
        /// The requested name.
        name: String,
    },
    /// The account was removed from the configuration while this handle to it was held.
    #[error("account `{account}` was removed from the configuration; nothing was sent")]
    AccountRemoved {
        /// The account's name.
        account: String,
    },
    /// The account's configuration is wrong, and the account has never served; other accounts do. See
    /// [`Config::tolerate_accounts`](crate::Config::tolerate_accounts).
    #[error("account `{account}` does not serve, and nothing was sent: {reason}")]
    AccountUnavailable {
        /// The account's name.
        account: String,
        /// The mistake, its place, and what to do.
        #[source]
        reason: Error,
    },
    /// The order or query is invalid for any provider.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The account does not offer the operation.
    #[error("account `{account}` does not offer `{operation}`; it offers {}", listed(offered))]
    Unsupported {
        /// The account's name.
        account: String,
        /// The operation's name in the contract: `adjust.count`.
        operation: String,
        /// The operations that the account offers.
        offered: Vec<String>,
    },
    /// The provider limits a method that the operation needs, for longer than the call's time: nothing was sent.
    #[error(
        "account `{account}`: the provider limits `{method}`, and requests that need it are paused (try again in {} s)",
        .wait.as_millis().div_ceil(1000)
    )]
    Paused {
        /// The account's name.
        account: String,
        /// The provider's method.
        method: String,
        /// Time left of the pause.
        wait: Duration,
    },
    /// Too little of the call's time was left to begin a request: none was begun.
    #[error(
        "account `{account}`: {} ms are left of the call's time, and with less than {} ms no request is begun; give the \
         call more time",
        .left.as_millis(), .least.as_millis()
    )]
    TooLate {
        /// The account's name.
        account: String,
        /// The time left.
        left: Duration,
        /// The minimum: `limits.min-time-left-ms`.
        least: Duration,
    },
    /// The write's send window was over before a byte of it left.
    #[error(
    "account `{account}`: the write had to leave within {} ms of being recorded and did not, because this process was \
    suspended or the journal was slow; nothing of it was sent this time, and it is not retried automatically",
        .window.as_millis()
    )]
    WindowOver {
        /// The account's name.
        account: String,
        /// Length of the send window.
        window: Duration,
    },
    /// A cursor that does not belong to the query it came with.
    #[error(transparent)]
    Cursor(CursorError),
    /// The connector reports a failure: a refusal of its own, or of the provider.
    #[error(transparent)]
    Provider(ProviderFailure),
    /// A fault of the connector itself.
    #[error("account `{account}`: {fault}")]
    Connector {
        /// The account's name.
        account: String,
        /// The fault.
        fault: ConnectorFault,
    },
    /// The connection to the provider cannot be set up, now or later, until an operator fixes the cause.
    #[error("account `{account}`: {failure}")]
    Connection {
        /// The account's name.
        account: String,
        /// The cause, with origin and address, and what to do.
        failure: SetupFailure,
    },
    /// The provider did not answer before the call's time was over.
    #[error("account `{account}`: the provider at {origin} did not answer within {} ms", .within.as_millis())]
    NoAnswer {
        /// The account's name.
        account: String,
        /// The origin that the request went to.
        origin: String,
        /// Time waited for the answer.
        within: Duration,
    },
    /// An error of the journal, or a refusal by it.
    #[error(transparent)]
    Journal(JournalError),
    /// The recorded failure of a write that was sent earlier under the same reference. It was not sent again.
    #[error(
    "it {} sent before, as write {id} of the journal, and is not sent again; recorded at {recorded}: {}",
        if failure.code == IN_GAP { "may have been" } else { "was" },
        failure.message
    )]
    Recorded {
        /// Its number in the journal.
        id: WriteId,
        /// Time of the record.
        recorded: Timestamp,
        /// The failure reported then.
        failure: Box<Failure>,
    },
}

/// Why a cursor was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// The text is not a cursor.
    #[error(
        "cursor: this is not a cursor of Stockbridge; use the `next` of a page unchanged, or start the query again"
    )]
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

/// A fault of a connector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectorFault {
    /// It trapped.
    #[error("the connector trapped: {0}")]
    Trapped(String),
    /// The call's deadline passed.
    #[error("the call did not end within {} ms", .allowed.as_millis())]
    Deadline {
        /// The time that the call was allowed.
        allowed: Duration,
        /// Whether the call was waiting for a provider, a renewal or a slot at the deadline. Then the connector is not at fault.
        waiting: bool,
    },
    /// It requested more memory than the account's limit.
    #[error("the connector wanted more than {0} bytes of memory")]
    Memory(usize),
    /// It requested a table of more elements than the account's limit.
    #[error("the connector wanted a table of more than {0} elements")]
    Table(usize),
    /// It broke a rule of the contract.
    #[error("the connector broke the contract: {0}")]
    Violation(String),
}

impl Error {
    /// The kind of failure, for matching.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The class of failure, for a program to act on.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match &*self.kind {
            ErrorKind::Config(_) | ErrorKind::Invalid(_) | ErrorKind::Cursor(_) => ErrorClass::InvalidRequest,
            ErrorKind::Several(mistakes) => Error::class_of_all(mistakes),
            ErrorKind::UnknownAccount { .. } | ErrorKind::AccountRemoved { .. } => ErrorClass::NotFound,
            ErrorKind::AccountUnavailable { .. } => ErrorClass::Unavailable,
            ErrorKind::Unsupported { .. } => ErrorClass::Unsupported,
            ErrorKind::Paused { .. } => ErrorClass::RateLimited,
            ErrorKind::Provider(failure) => failure.class,
            ErrorKind::Journal(error) => error.class(),
            ErrorKind::Connection { failure, .. } => failure.class(),
            ErrorKind::NoAnswer { .. } => ErrorClass::Unavailable,
            ErrorKind::Recorded { failure, .. } => failure.class,
            ErrorKind::Connector { fault: ConnectorFault::Deadline { .. }, .. }
            | ErrorKind::TooLate { .. }
            | ErrorKind::WindowOver { .. } => ErrorClass::Unavailable,
            ErrorKind::Component(_)
            | ErrorKind::Runtime(_)
            | ErrorKind::NoTlsProvider
            | ErrorKind::NoTransport
            | ErrorKind::Connector { .. } => ErrorClass::Internal,
        }
    }

    /// For a write, whether it may have been applied; none for other calls.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The code of this failure, stable across releases: `order.invalid`, `provider.rejected`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &*self.kind {
            ErrorKind::Config(_) => "config.invalid",
            ErrorKind::Several(mistakes) => Error::code_of_all(mistakes),
            ErrorKind::Component(error) => match error.problem {
                ComponentProblem::Unreadable(_) => "component.unreadable",
                ComponentProblem::TooLarge { .. } => "component.too-large",
                ComponentProblem::Instances { .. } => "component.instances",
                ComponentProblem::Malformed(_) => "component.malformed",
                ComponentProblem::Precompiled => "component.precompiled",
                ComponentProblem::ContractVersion { .. } => "component.contract-version",
                ComponentProblem::Imports(_) => "component.imports",
                ComponentProblem::Feature { .. } => "component.feature",
                ComponentProblem::Exports(_) => "component.exports",
                ComponentProblem::Describe(_) => "component.describe",
                ComponentProblem::Digest { .. } => "component.digest",
                ComponentProblem::Signature(_) => "component.signature",
                ComponentProblem::Vectors(_) => "component.vectors",
            },
            ErrorKind::Runtime(_) => "runtime.start",
            ErrorKind::NoTlsProvider => "tls.no-provider",
            ErrorKind::NoTransport => "network.none",
            ErrorKind::UnknownAccount { .. } => "account.unknown",
            ErrorKind::AccountRemoved { .. } => "account.removed",
            ErrorKind::AccountUnavailable { .. } => "account.unavailable",
            ErrorKind::Invalid(_) => "order.invalid",
            ErrorKind::Unsupported { .. } => "operation.unsupported",
            ErrorKind::Paused { .. } => "operation.paused",
            ErrorKind::TooLate { .. } => "call.too-late",
            ErrorKind::WindowOver { .. } => "write.window-over",
            ErrorKind::Cursor(CursorError::Malformed) => "cursor.malformed",
            ErrorKind::Cursor(CursorError::Foreign) => "cursor.foreign",
            ErrorKind::Cursor(CursorError::OtherVersion) => "cursor.other-version",
            ErrorKind::Provider(failure) => failure.code(),
            ErrorKind::Journal(error) => error.code(),
            ErrorKind::Connection { failure, .. } => failure.code(),
            ErrorKind::NoAnswer { .. } => "provider.no-answer",
            ErrorKind::Recorded { .. } => "write.recorded",
            ErrorKind::Connector { fault, .. } => match fault {
                ConnectorFault::Trapped(_) => "connector.trapped",
                ConnectorFault::Deadline { .. } => "connector.deadline",
                ConnectorFault::Memory(_) => "connector.memory",
                ConnectorFault::Table(_) => "connector.table",
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

    /// The provider's own code, unchanged.
    #[must_use]
    pub fn provider_code(&self) -> Option<&str> {
        self.provider().and_then(|failure| failure.provider_code.as_deref())
    }

    /// The provider's own message, unchanged.
    #[must_use]
    pub fn provider_message(&self) -> Option<&str> {
        self.provider().and_then(|failure| failure.provider_message.as_deref())
    }

    /// Time to wait before a retry, because the provider asks for it or because requests are paused until then.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match &*self.kind {
            ErrorKind::Provider(failure) => failure.retry_after,
            ErrorKind::Paused { wait, .. } => Some(*wait),
            _ => None,
        }
    }

    /// The failure as the connector reported it, if it did.
    #[must_use]
    pub fn provider(&self) -> Option<&ProviderFailure> {
        match &*self.kind {
            ErrorKind::Provider(failure) => Some(failure),
            ErrorKind::Recorded { failure, .. } => failure.provider.as_ref(),
            _ => None,
        }
    }

    /// The account that it is about, if any.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match &*self.kind {
            ErrorKind::UnknownAccount { name, .. } => Some(name),
            ErrorKind::AccountRemoved { account }
            | ErrorKind::AccountUnavailable { account, .. }
            | ErrorKind::Unsupported { account, .. }
            | ErrorKind::Paused { account, .. }
            | ErrorKind::Connector { account, .. } => Some(account),
            ErrorKind::Provider(failure) => Some(&failure.account),
            _ => self.about.as_ref().map(|about| about.account()),
        }
    }

    /// Adds the underlying error of the system or a library.
    pub(crate) fn caused_by(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.cause = Some(Arc::new(cause));
        self
    }

    pub(crate) fn component(place: impl Into<String>, problem: ComponentProblem) -> Error {
        ErrorKind::Component(ComponentError { place: place.into(), problem }).into()
    }

    /// Replaces the place of a component's error.
    pub(crate) fn at(mut self, place: String) -> Error {
        if let Some(ErrorKind::Component(error)) = Arc::get_mut(&mut self.kind) {
            error.place = place;
        }
        self
    }

    pub(crate) fn unreadable(path: &Path, error: std::io::Error) -> Error {
        Error::component(path.display().to_string(), ComponentProblem::Unreadable(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(about) = &self.about {
            about.fmt(formatter)?;
        }
        self.kind.fmt(formatter)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Some(cause) => Some(&**cause),
            None => self.kind.source(),
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Error {
        Error { kind: Arc::new(kind), outcome: None, cause: None, about: None }
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
