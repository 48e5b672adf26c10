//! How things fail: one error type, with all that a program or a person needs in order to act.

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
/// A program decides by [`Error::class`], [`Error::outcome`] and [`Error::code`]; a person reads its text, which is whole
/// by itself. [`source`](std::error::Error::source) has what the system or a library said underneath, where that is an
/// error of its own: an [`std::io::Error`], for instance. It is serialised with the names that stay the same from release
/// to release: code, class, message, outcome, account, place, path, what the provider said, and how long to wait.
///
/// Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Error {
    kind: Arc<ErrorKind>,
    outcome: Option<Outcome>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    /// The account that it is about, where the kind does not say so.
    about: Option<Arc<About>>,
}

/// What failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(ConfigError),
    /// Several mistakes of a configuration, in their order, each of them one of the other kinds. Their text has one on each
    /// line.
    #[error("{}", account::lines(.0))]
    Several(Vec<Error>),
    /// A component cannot serve as a connector.
    #[error(transparent)]
    Component(ComponentError),
    /// The runtime could not be set up on this machine.
    #[error("the runtime could not start: {0}")]
    Runtime(String),
    /// rustls has no provider of cryptography that this crate could use.
    #[error(
        "no TLS: rustls has no provider of cryptography here; turn on the feature `tls-aws-lc` or `tls-ring` of the crate \
         `stockbridge`, or install the application's own (`CryptoProvider::install_default`) before the host is made"
    )]
    NoTlsProvider,
    /// There is no way to send requests: this program was built without a network, and gave no transport.
    #[error(
        "there is no network: this program was built without the feature `network` of the crate `stockbridge`; build it with \
         that, or give a transport (`HostBuilder::transport`)"
    )]
    NoTransport,
    /// There is no account of this name.
    /// Which accounts there are is not told: who asks may be a client of the application's.
    #[error("there is no account `{name}`")]
    UnknownAccount {
        /// The name that was asked for.
        name: String,
    },
    /// The account was removed from the configuration while this handle to it was held.
    #[error("account `{account}` was removed from the configuration; nothing was sent")]
    AccountRemoved {
        /// The account's name.
        account: String,
    },
    /// What the configuration says of the account is wrong, and it has never served; other accounts do. See
    /// [`Config::tolerate_accounts`](crate::Config::tolerate_accounts).
    #[error("account `{account}` does not serve, and nothing was sent: {reason}")]
    AccountUnavailable {
        /// The account's name.
        account: String,
        /// What is wrong, where, and what to do.
        #[source]
        reason: Error,
    },
    /// An order or query is wrong in itself, whatever the provider.
    #[error(transparent)]
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
    /// The provider has limited a method that the operation needs, for longer than the call has time: nothing was sent.
    #[error(
        "account `{account}`: the provider limits `{method}`, so nothing is sent by it (try again in {} s)",
        .wait.as_millis().div_ceil(1000)
    )]
    Paused {
        /// The account's name.
        account: String,
        /// The provider's method.
        method: String,
        /// How long that lasts.
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
        /// What was left.
        left: Duration,
        /// What must be: `limits.min-time-left-ms`.
        least: Duration,
    },
    /// The time in which a write might leave was over before a byte of it did.
    #[error(
        "account `{account}`: the write was to leave within {} ms of being recorded and did not, because this process stood \
         still or the journal was slow; nothing of it was sent this time, and it is not tried again by itself",
        .window.as_millis()
    )]
    WindowOver {
        /// The account's name.
        account: String,
        /// How long it was.
        window: Duration,
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
    /// There is no way to the provider as it is set up, now or later: somebody has to mend that first.
    #[error("account `{account}`: {failure}")]
    Connection {
        /// The account's name.
        account: String,
        /// What is wrong, at which origin and address, and what to do.
        failure: SetupFailure,
    },
    /// The provider did not answer before the call's time was over.
    #[error("account `{account}`: the provider at {origin} did not answer within {} ms", .within.as_millis())]
    NoAnswer {
        /// The account's name.
        account: String,
        /// Who was asked.
        origin: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// The journal of writes: trouble with it, or what it does not allow.
    #[error(transparent)]
    Journal(JournalError),
    /// What is recorded of a write that was sent before under the same reference. It was not sent again.
    #[error(
        "it {} sent before, as write {id} of the journal, and is not sent again; since {recorded} this is known of it: {}",
        if failure.code == IN_GAP { "may have been" } else { "was" },
        failure.message
    )]
    Recorded {
        /// Its number in the journal.
        id: WriteId,
        /// When that was recorded.
        recorded: Timestamp,
        /// What was told then.
        failure: Box<Failure>,
    },
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

/// How a connector went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectorFault {
    /// It trapped.
    #[error("the connector trapped: {0}")]
    Trapped(String),
    /// The call's deadline passed.
    #[error("the call did not end within {} ms", .allowed.as_millis())]
    Deadline {
        /// How long the call was given.
        allowed: Duration,
        /// Whether it waited for a provider, a renewal or a turn when that was over. Then the connector is not at fault.
        waiting: bool,
    },
    /// It wanted more memory than the account's limit.
    #[error("the connector wanted more than {0} bytes of memory")]
    Memory(usize),
    /// It wanted a table of more elements than the account's limit.
    #[error("the connector wanted a table of more than {0} elements")]
    Table(usize),
    /// It broke a rule of the contract.
    #[error("the connector broke the contract: {0}")]
    Violation(String),
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

    /// How long to wait, because the provider asks for it or because nothing is sent before.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match &*self.kind {
            ErrorKind::Provider(failure) => failure.retry_after,
            ErrorKind::Paused { wait, .. } => Some(*wait),
            _ => None,
        }
    }

    /// All that the connector reported, where it did.
    #[must_use]
    pub fn provider(&self) -> Option<&ProviderFailure> {
        match &*self.kind {
            ErrorKind::Provider(failure) => Some(failure),
            ErrorKind::Recorded { failure, .. } => failure.provider.as_ref(),
            _ => None,
        }
    }

    /// The account that it is about, where it is about one.
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

    /// The same, with what the system or a library said underneath.
    pub(crate) fn caused_by(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.cause = Some(Arc::new(cause));
        self
    }

    pub(crate) fn component(place: impl Into<String>, problem: ComponentProblem) -> Error {
        ErrorKind::Component(ComponentError { place: place.into(), problem }).into()
    }

    /// The same of a component that came from elsewhere.
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
