//! What a failed write may have done.

use serde::Serialize;

/// What a failed write may have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The provider did not carry it out. Sending it again does nothing twice; whether it helps says the error's class.
    NotApplied,
    /// It may have been carried out. Sending it again may do it twice.
    Unknown,
}
