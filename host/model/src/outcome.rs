//! Possible effect of a failed write.

use serde::Serialize;

/// Possible effect of a failed write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Not carried out by the provider. Sending it again cannot apply it twice; the error's class says whether it helps.
    NotApplied,
    /// Possibly carried out. Sending it again may apply it twice.
    Unknown,
}
