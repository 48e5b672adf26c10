//! 残次品: the one thing that the provider knows of the goods' state.

use stockbridge_connector::{Condition, Refused};

/// Whether goods in this state are defective.
pub(crate) fn defect(path: String, condition: Option<&Condition>) -> Result<Option<bool>, Refused> {
    match condition {
        None => Ok(None),
        Some(Condition::Sellable) => Ok(Some(false)),
        Some(Condition::Defective) => Ok(Some(true)),
        Some(Condition::Other(_)) => {
            Err(Refused::unsupported(path, "the provider tells sellable and defective goods apart, and no others"))
        }
    }
}
