//! Findings: problems that pass the gate. A host would start with them, and an operator would notice them at the first order.

mod application;
mod grants;
#[cfg(feature = "config-file")]
mod machine;

use std::fmt;

use serde::{Serialize, Serializer};

pub(super) use application::of_application;
pub(super) use grants::of_account;
#[cfg(feature = "config-file")]
pub(super) use machine::of_machine;

use crate::error::Place;

/// Severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// It cannot work like this.
    Failure,
    /// It may be intended.
    Warning,
}

/// A problem found by a check outside of the gate's steps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Its severity.
    pub severity: Severity,
    /// Its code, stable across releases: `grant.none`, `journal.directory`.
    pub code: &'static str,
    /// Its place in a file; none for a configuration that an application built.
    pub place: Option<Place>,
    /// The field: `accounts.main-wms.allow`. Empty for the machine.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to write or to do.
    pub fix: String,
}

/// Same format as a mistake of the configuration.
impl fmt::Display for Finding {
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

/// What `stockbridge check --json` prints of it.
#[derive(Serialize)]
struct Serialized<'a> {
    severity: Severity,
    code: &'static str,
    message: String,
    field: &'a str,
    fix: &'a str,
    place: Option<&'a Place>,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Finding { severity, code, place, field, problem: _, fix } = self;
        let message = self.to_string();
        Serialized { severity: *severity, code, message, field, fix, place: place.as_ref() }.serialize(serializer)
    }
}
