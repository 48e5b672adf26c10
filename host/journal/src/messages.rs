//! The journal's messages for people about failures, repeats and look-ups.

use stockbridge_model::{Failure, Resolution};

use super::gap::Gap;
use crate::error::JournalError;
use crate::refusal::AttemptFailure;

/// Failure of a write whose process ended while it worked on it.
pub(super) fn interrupted() -> Failure {
    Failure::from(&JournalError::Interrupted)
}

/// Failure of an order that may have been sent in a gap: unknown to the journal, or recorded before the gap.
pub(super) fn in_a_gap(gap: &Gap) -> Failure {
    Failure::from(&JournalError::InGap { from: gap.from, until: gap.until })
}

/// Reason why a repeat is the last one: the provider refused it, or the connector could not read its answer.
pub(super) fn failed_repeat(failed: &Failure) -> String {
    format!(
        "it was sent again under its reference without success, which does not prove that the first was not accepted: {}",
        failed.message
    )
}

/// Result of a look-up that found nothing where that proves nothing.
pub(super) fn not_found_without_window(checked: &str) -> String {
    format!(
        "the provider has no trace of it ({checked}), which does not prove that it never will: the transport that sent it keeps no \
         send window"
    )
}

/// Result of a look-up that did not find a write whose connector had said that it could never be found.
pub(super) fn not_found_by_blind(checked: &str) -> String {
    format!(
        "the connector did not find it ({checked}), which does not prove that it was not carried out: when it was sent, the \
         connector said that such a write cannot be looked up"
    )
}

/// Description of a look-up's result.
pub(super) fn look_up_result(found: &Result<Resolution, AttemptFailure>) -> String {
    match found {
        Ok(Resolution::Applied(receipt)) => {
            let document = receipt.document.as_ref().map(|document| format!(", document {document}"));
            format!("it was carried out{}", document.unwrap_or_default())
        }
        Ok(Resolution::NotApplied(checked)) => format!("it was not carried out, and no longer can be: {checked}"),
        Ok(Resolution::TooEarly(wait)) => format!("too early: look it up again in {} ms", wait.as_millis()),
        Ok(Resolution::CannotTell(advice)) => format!("the outcome cannot be found out: {advice}"),
        Err(error) => format!("the look-up failed: {}", error.failure.message),
    }
}
