//! 残次品: the only condition of goods that the provider distinguishes.

use stockbridge_connector::{Condition, Refused};

/// Whether goods in this condition are defective.
pub(crate) fn defect(path: String, condition: Option<&Condition>) -> Result<Option<bool>, Refused> {
    match condition {
        None => Ok(None),
        Some(Condition::Sellable) => Ok(Some(false)),
        Some(Condition::Defective) => Ok(Some(true)),
        Some(Condition::Other(_)) => {
            Err(Refused::unsupported(path, "the provider only distinguishes sellable and defective goods"))
        }
    }
}
