//! What is said of one account among many, and several mistakes that are told together.

use std::fmt;
use std::sync::Arc;

use super::{ConfigError, Error, ErrorClass, ErrorKind, Place};

/// The account that a failure is about which does not say where that stands: one of its component, or of its connector as
/// the account is opened.
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
    /// Several that are told together; one is told as it is.
    pub(crate) fn several(errors: Vec<Error>) -> Option<Error> {
        let mut all: Vec<Error> = errors.into_iter().flat_map(Error::into_mistakes).collect();
        if all.len() > 1 { Some(ErrorKind::Several(all).into()) } else { all.pop() }
    }

    /// The mistakes of a configuration, each by itself: those that were told together, or this one.
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

    /// Where in a configuration file: of the first, where there are several.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self.kind() {
            ErrorKind::Config(error) => error.place.as_ref(),
            ErrorKind::Several(mistakes) => mistakes.first().and_then(Error::place),
            ErrorKind::AccountUnavailable { reason, .. } => reason.place(),
            _ => self.about.as_ref().and_then(|about| about.place.as_ref()),
        }
    }

    /// The same, about an account of a configuration.
    pub(crate) fn of_account(mut self, account: &str, place: Option<Place>) -> Error {
        let named = match self.kind() {
            ErrorKind::Component(_) => false,
            ErrorKind::Connector { .. } => true,
            _ => return self,
        };
        self.about = Some(Arc::new(About { account: account.to_owned(), place, named }));
        self
    }

    /// What all of them are, where they agree in it.
    pub(super) fn class_of_all(mistakes: &[Error]) -> ErrorClass {
        agreed(mistakes.iter().map(Error::class)).unwrap_or(ErrorClass::InvalidRequest)
    }

    /// As [`Error::class_of_all`].
    pub(super) fn code_of_all(mistakes: &[Error]) -> &'static str {
        agreed(mistakes.iter().map(Error::code)).unwrap_or("config.invalid")
    }
}

fn agreed<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// One on each line.
pub(super) fn lines(mistakes: &[Error]) -> String {
    mistakes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What a library says under one may have lines of its own.
fn line(mistake: &Error) -> String {
    mistake.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Mistakes of a configuration as one error; none where there are none.
pub(crate) fn of_mistakes(mistakes: Vec<ConfigError>) -> Option<Error> {
    Error::several(mistakes.into_iter().map(Error::from).collect())
}
