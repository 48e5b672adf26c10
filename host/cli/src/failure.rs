//! Failures of a command: the cause, and the outcome of the write that it was to send.

use std::fmt;
use std::io;

use serde::Serialize;
use stockbridge::journal::WriteId;
use stockbridge::{ErrorClass, ErrorKind, Extras, Outcome, Reference};

use crate::invocation::Step;
use crate::simulator_failure::SimulatorFailure;

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the command was to do: `the transfer`.
    pub(crate) action: &'static str,
    /// Why it failed.
    pub(crate) cause: Cause,
    write: Option<Write>,
    /// Existing names to suggest in place of one that does not exist.
    alternatives: Option<String>,
    /// Next steps for a person.
    pub(crate) next: Vec<Step>,
}

/// The write that failed.
#[derive(Debug)]
struct Write {
    /// None where the order could not be read.
    reference: Option<Reference>,
    /// Its number in the journal, if it was recorded.
    id: Option<WriteId>,
}

/// Cause of a failure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    /// An error of the library.
    #[error(transparent)]
    Library(#[from] stockbridge::Error),
    /// This settlement is not known to be durable, and may become so.
    #[error("{error}")]
    Unsettled {
        /// The library's error.
        error: stockbridge::Error,
    },
    /// The order is invalid.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// Options that do not go together.
    #[error("{0}")]
    Options(String),
    /// The simulator cannot start.
    #[error(transparent)]
    Simulator(#[from] SimulatorFailure),
    /// A named file cannot be read or written.
    #[error("{file}: it cannot be read or written ({reason})")]
    File {
        /// The file as it was named.
        file: String,
        /// The system's error.
        reason: io::Error,
    },
    /// The command was interrupted.
    #[error("the command was interrupted{}", if *sent { " before its end" } else { ", and sent nothing" })]
    Interrupted {
        /// Whether the write may have been sent by then.
        sent: bool,
    },
    /// The async runtime cannot start.
    #[error("this process could not start ({0})")]
    Runtime(io::Error),
    /// The answer cannot be written.
    #[error("the answer cannot be written ({0})")]
    Output(io::Error),
    /// The write was accepted, and its receipt cannot be written.
    #[error("the provider accepted the write, but its receipt cannot be written ({0})")]
    Receipt(io::Error),
}

/// Why an order cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    /// The file cannot be read.
    #[error("{file}: the order cannot be read ({reason}); name a JSON file, or `-` for standard input")]
    Unreadable {
        /// The file as it was named.
        file: String,
        /// The system's error.
        reason: io::Error,
    },
    /// The input is empty.
    #[error("{file}: there is no order in it; {help} shows one")]
    Empty {
        /// The file as it was named.
        file: String,
        /// The command that shows an order.
        help: &'static str,
    },
    /// The input is not the JSON of an order.
    #[error("{place}: {}{problem}; {help} shows an order", .path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default())]
    Wrong {
        /// Position of the problem.
        place: Place,
        /// The field, if there is one.
        path: Option<String>,
        /// The problem, and what is expected.
        problem: String,
        /// The command that shows an order.
        help: &'static str,
    },
}

/// A place in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// The file as it was named, or `standard input`.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column, in characters from 1.
    pub(crate) column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Failure {
    /// A failure of a command that is not a write.
    pub(crate) fn new(action: &'static str, cause: impl Into<Cause>) -> Failure {
        Failure { action, cause: cause.into(), write: None, alternatives: None, next: Vec::new() }
    }

    /// A failure of a write.
    pub(crate) fn of_write(action: &'static str, reference: Option<Reference>, cause: impl Into<Cause>) -> Failure {
        let write = Some(Write { reference, id: None });
        Failure { action, cause: cause.into(), write, alternatives: None, next: Vec::new() }
    }

    /// The same with names to suggest, for an error about a name that does not exist.
    pub(crate) fn alternatives(self, alternatives: Option<String>) -> Failure {
        Failure { alternatives, ..self }
    }

    /// The same with the write's number in the journal, and the next steps for a person.
    pub(crate) fn then(mut self, id: Option<WriteId>, next: Vec<Step>) -> Failure {
        if let Some(write) = &mut self.write {
            write.id = id;
        }
        Failure { next, ..self }
    }

    /// The library's error, where it is the cause.
    fn library(&self) -> Option<&stockbridge::Error> {
        match &self.cause {
            Cause::Library(error) | Cause::Unsettled { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Class of the failure, for a program to act on.
    pub(crate) fn class(&self) -> ErrorClass {
        match &self.cause {
            Cause::Library(error) | Cause::Unsettled { error, .. } => error.class(),
            Cause::Order(_) | Cause::Options(_) | Cause::File { .. } => ErrorClass::InvalidRequest,
            Cause::Simulator(failure) => failure.class(),
            Cause::Interrupted { .. } | Cause::Runtime(_) | Cause::Output(_) | Cause::Receipt(_) => {
                ErrorClass::Internal
            }
        }
    }

    /// For a write, whether it may have been carried out; for a settlement, whether it may have taken effect. None for any
    /// other command, and for a write that was carried out.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        let outcome = match &self.cause {
            Cause::Library(error) => error.outcome().or_else(|| self.outcome_without_journal(error)),
            Cause::Unsettled { .. } | Cause::Interrupted { sent: true } => Some(Outcome::Unknown),
            Cause::Receipt(_) => return None,
            _ => None,
        };
        // A failure before the library received the order: nothing was sent.
        outcome.or(self.write.as_ref().map(|_| Outcome::NotApplied))
    }

    /// Outcome of an order where the journal cannot be read: under a reference of its own it may have been sent before.
    fn outcome_without_journal(&self, error: &stockbridge::Error) -> Option<Outcome> {
        let reference = self.write.as_ref()?.reference.as_ref();
        (reference.is_some() && matches!(error.kind(), ErrorKind::Journal(_))).then_some(Outcome::Unknown)
    }

    /// The failure's stable name.
    pub(crate) fn code(&self) -> &'static str {
        match &self.cause {
            Cause::Library(error) | Cause::Unsettled { error, .. } => error.code(),
            Cause::Order(OrderError::Unreadable { .. }) => "order.unreadable",
            Cause::Order(_) => "order.malformed",
            Cause::Options(_) => "options.invalid",
            Cause::File { .. } => "file.failed",
            Cause::Simulator(failure) => failure.code(),
            Cause::Interrupted { .. } => "command.interrupted",
            Cause::Runtime(_) => "runtime.start",
            Cause::Output(_) | Cause::Receipt(_) => "output.failed",
        }
    }

    /// The reference of the write, sent or not.
    pub(crate) fn reference(&self) -> Option<&Reference> {
        self.write.as_ref()?.reference.as_ref()
    }

    /// The failure, for a person.
    fn message(&self) -> String {
        match &self.alternatives {
            Some(alternatives) => format!("{}; there is {alternatives}", self.cause),
            None => self.cause.to_string(),
        }
    }

    /// The whole failure, for a program.
    pub(crate) fn report(&self) -> Report<'_> {
        let library = self.library();
        let (place, path) = match &self.cause {
            Cause::Order(OrderError::Wrong { place, path, .. }) => (Some(place.clone()), path.as_deref()),
            _ => (library.and_then(place), library.and_then(stockbridge::Error::path)),
        };
        let provider = library.and_then(stockbridge::Error::provider);
        Report {
            message: self.message(),
            class: self.class(),
            outcome: self.outcome(),
            code: self.code(),
            reference: self.reference(),
            write: self.write.as_ref().and_then(|write| write.id),
            next: Some(self.next.as_slice()).filter(|next| !next.is_empty()),
            place,
            path,
            provider_code: provider.and_then(|provider| provider.provider_code.as_deref()),
            provider_message: provider.and_then(|provider| provider.provider_message.as_deref()),
            retry_after_ms: provider.and_then(|provider| provider.retry_after).map(|wait| wait.as_millis()),
            limited_method: provider.and_then(|provider| provider.limited_method.as_deref()),
            extras: provider.map(|provider| &provider.extras).filter(|extras| !extras.is_empty()),
            mistakes: library.map(mistakes).filter(|mistakes| mistakes.len() > 1),
        }
    }

    /// The reasons, for a person: a line for each mistake.
    pub(crate) fn reasons(&self) -> Vec<String> {
        match self.library().map(stockbridge::Error::kind) {
            Some(ErrorKind::Several(mistakes)) => mistakes.iter().map(ToString::to_string).collect(),
            Some(ErrorKind::AccountUnavailable { account, reason }) if reason.mistakes().len() > 1 => {
                let mistakes = reason.mistakes().iter().map(ToString::to_string);
                [format!("account `{account}` does not serve, and nothing was sent")]
                    .into_iter()
                    .chain(mistakes)
                    .collect()
            }
            _ => vec![self.message()],
        }
    }
}

fn mistakes(error: &stockbridge::Error) -> Vec<Mistake> {
    error.mistakes().iter().map(Mistake::of).collect()
}

impl Mistake {
    pub(crate) fn of(error: &stockbridge::Error) -> Mistake {
        Mistake { message: error.to_string(), code: error.code(), place: place(error) }
    }
}

/// Position of a mistake in the configuration, from the library.
fn place(error: &stockbridge::Error) -> Option<Place> {
    error.place().and_then(Place::of)
}

impl Place {
    /// None in a text that is not a file's.
    pub(crate) fn of(place: &stockbridge::config::Place) -> Option<Place> {
        Some(Place { file: place.file.as_ref()?.display().to_string(), line: place.line, column: place.column })
    }
}

/// A failure, as JSON. Unknown fields are null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Report<'a> {
    pub(crate) message: String,
    pub(crate) class: ErrorClass,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) code: &'static str,
    pub(crate) reference: Option<&'a Reference>,
    /// The write's number in the journal.
    pub(crate) write: Option<WriteId>,
    pub(crate) next: Option<&'a [Step]>,
    pub(crate) place: Option<Place>,
    pub(crate) path: Option<&'a str>,
    pub(crate) provider_code: Option<&'a str>,
    pub(crate) provider_message: Option<&'a str>,
    pub(crate) retry_after_ms: Option<u128>,
    pub(crate) limited_method: Option<&'a str>,
    pub(crate) extras: Option<&'a Extras>,
    /// Each of several mistakes of a configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mistakes: Option<Vec<Mistake>>,
}

/// One of several mistakes.
#[derive(Debug, Serialize)]
pub(crate) struct Mistake {
    message: String,
    code: &'static str,
    place: Option<Place>,
}

#[cfg(test)]
mod tests {
    use super::{Cause, Failure, OrderError};
    use std::io;
    use stockbridge::{ErrorKind, JournalError, Outcome, Reference};

    fn unknown_account() -> stockbridge::Error {
        ErrorKind::UnknownAccount { name: "wsm".to_owned() }.into()
    }

    #[test]
    fn a_write_that_fails_before_it_is_sent_was_not_applied() {
        let order = OrderError::Empty { file: "order.json".to_owned(), help: "--help" };
        assert_eq!(Failure::of_write("the transfer", None, order).outcome(), Some(Outcome::NotApplied));
        let reference = Reference::generate();
        let failure = Failure::of_write("the transfer", Some(reference.clone()), unknown_account());
        assert_eq!(failure.outcome(), Some(Outcome::NotApplied));
        assert_eq!(failure.reference(), Some(&reference));
    }

    #[test]
    fn without_a_journal_to_look_into_a_write_is_unknown_and_what_is_no_write_has_no_outcome() {
        let in_use = || {
            stockbridge::Error::from(ErrorKind::Journal(JournalError::InUse { place: "it".to_owned(), holder: None }))
        };
        let reference = || Some(Reference::generate());
        assert_eq!(Failure::of_write("the transfer", reference(), in_use()).outcome(), Some(Outcome::Unknown));
        // Nothing can have been sent before under a reference that was generated just now.
        assert_eq!(Failure::of_write("the transfer", None, in_use()).outcome(), Some(Outcome::NotApplied));
        assert_eq!(Failure::new("the look into the journal", in_use()).outcome(), None);
    }

    #[test]
    fn a_write_that_was_carried_out_is_never_reported_as_not_applied() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(Failure::of_write("the transfer", None, Cause::Receipt(full)).outcome(), None);
    }

    #[test]
    fn what_is_no_write_has_no_outcome() {
        assert_eq!(Failure::new("the query", unknown_account()).outcome(), None);
    }
}
