//! Errors about one account among many, and several mistakes as one error.

use std::fmt;
use std::sync::Arc;

use super::{ConfigError, Error, ErrorClass, ErrorKind, Place};

/// The account of a failure that has no place of its own: a failure of the account's component, or of its connector as the
/// account is opened.
#[derive(Clone, Debug)]
pub(super) struct About {
    account: String,
    place: Option<Place>,
    /// Whether the failure itself names the account.
    named: bool,
}

impl About {
    pub(super) fn account(&self) -> &str {
        &self.account
    }
}

impl fmt::Display for About {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(formatter, "{place}: ")?;
        }
        if self.named { Ok(()) } else { write!(formatter, "accounts.{}.connector: ", self.account) }
    }
}

impl Error {
    /// Combines several errors into one; a single error is returned unchanged.
    pub(crate) fn several(errors: Vec<Error>) -> Option<Error> {
        let mut all: Vec<Error> = errors.into_iter().flat_map(Error::into_mistakes).collect();
        if all.len() > 1 { Some(ErrorKind::Several(all).into()) } else { all.pop() }
    }

    /// The single mistakes of a configuration: those combined in this error, or this error itself.
    #[must_use]
    pub fn mistakes(&self) -> &[Error] {
        match self.kind() {
            ErrorKind::Several(mistakes) => mistakes,
            _ => std::slice::from_ref(self),
        }
    }

    fn into_mistakes(self) -> Vec<Error> {
        match self.kind() {
            ErrorKind::Several(mistakes) => mistakes.clone(),
            _ => vec![self],
        }
    }

    /// Place in a configuration file; of the first mistake, if there are several.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self.kind() {
            ErrorKind::Config(error) => error.place.as_ref(),
            ErrorKind::Several(mistakes) => mistakes.first().and_then(Error::place),
            ErrorKind::AccountUnavailable { reason, .. } => reason.place(),
            _ => self.about.as_ref().and_then(|about| about.place.as_ref()),
        }
    }

    /// Adds the account of a configuration that the error is about.
    pub(crate) fn of_account(mut self, account: &str, place: Option<Place>) -> Error {
        let named = match self.kind() {
            ErrorKind::Component(_) => false,
            ErrorKind::Connector { .. } => true,
            _ => return self,
        };
        self.about = Some(Arc::new(About { account: account.to_owned(), place, named }));
        self
    }

    /// The class that all mistakes have in common; otherwise `InvalidRequest`.
    pub(super) fn class_of_all(mistakes: &[Error]) -> ErrorClass {
        agreed(mistakes.iter().map(Error::class)).unwrap_or(ErrorClass::InvalidRequest)
    }

    /// The code that all mistakes have in common; otherwise `config.invalid`.
    pub(super) fn code_of_all(mistakes: &[Error]) -> &'static str {
        agreed(mistakes.iter().map(Error::code)).unwrap_or("config.invalid")
    }
}

fn agreed<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// The mistakes as text, one on each line.
pub(super) fn lines(mistakes: &[Error]) -> String {
    mistakes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A mistake on one line: a library's text in it may have several lines.
fn line(mistake: &Error) -> String {
    mistake.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Combines mistakes of a configuration into one error. None if there are no mistakes.
pub(crate) fn of_mistakes(mistakes: Vec<ConfigError>) -> Option<Error> {
    Error::several(mistakes.into_iter().map(Error::from).collect())
}
