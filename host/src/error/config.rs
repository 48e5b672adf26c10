//! Mistakes of a configuration, and their places.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A mistake in the configuration: its place, what is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// Its place in a file; none for a configuration that an application built.
    pub place: Option<Place>,
    /// The field: `accounts.main-wms.settings.sid`. Empty for the file as a whole.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to write instead.
    pub fix: String,
    /// The underlying error of the system or a library.
    pub(crate) cause: Cause,
}

/// The underlying error, if there is one. It is ignored in comparisons: errors with the same text are equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cause(Option<Arc<dyn std::error::Error + Send + Sync>>);

impl Cause {
    pub(crate) fn none() -> Cause {
        Cause(None)
    }

    pub(crate) fn of(error: impl std::error::Error + Send + Sync + 'static) -> Cause {
        Cause(Some(Arc::new(error)))
    }
}

impl PartialEq for Cause {
    fn eq(&self, _: &Cause) -> bool {
        true
    }
}

impl Eq for Cause {}

/// A place in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// The file; none for a configuration given as text.
    #[serde(serialize_with = "displayed")]
    pub file: Option<PathBuf>,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
}

/// A path as it is displayed: one that is no UTF-8 has a place all the same.
fn displayed<S: Serializer>(file: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    file.as_ref().map(|file| file.display().to_string()).serialize(serializer)
}

impl ConfigError {
    /// A mistake in a file as a whole.
    pub(crate) fn of_file(place: Place, problem: impl Into<String>, fix: impl Into<String>) -> ConfigError {
        let (problem, fix) = (problem.into(), fix.into());
        ConfigError { place: Some(place), field: String::new(), problem, fix, cause: Cause::none() }
    }

    /// Sort key of mistakes: those without a place come first.
    pub(crate) fn line(&self) -> Option<(usize, usize)> {
        self.place.as_ref().map(|place| (place.line, place.column))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(formatter, "{place}: ")?;
        }
        if !self.field.is_empty() {
            write!(formatter, "{}: ", self.field)?;
        }
        write!(formatter, "{}; {}", self.problem, self.fix)
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.0.as_ref().map(|cause| &**cause as _)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(formatter, "{}:{}:{}", file.display(), self.line, self.column),
            None => write!(formatter, "line {}, column {}", self.line, self.column),
        }
    }
}
