//! What passes the gate and does not work all the same: what a host would start with, and an operator learns of with the first
//! order.

mod application;
mod grants;
#[cfg(feature = "config-file")]
mod machine;

use std::fmt;

use serde::Serialize;

pub(super) use application::of_application;
pub(super) use grants::of_account;
#[cfg(feature = "config-file")]
pub(super) use machine::of_machine;

use crate::error::Place;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// It cannot work like this.
    Failure,
    /// It may be as it is wanted.
    Warning,
}

/// Something that a check found beside the steps of the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A name that stays the same from release to release: `grant.none`, `journal.directory`.
    pub code: &'static str,
    /// Where in a file; none for a configuration that an application built.
    pub place: Option<Place>,
    /// The field: `accounts.main-wms.allow`. Empty for the machine.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to write or to do.
    pub fix: String,
}

/// As a mistake of the configuration is written.
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
