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
pub(super) fn in_vain(failed: &Failure) -> String {
    format!(
        "it was sent again under its reference in vain, which does not prove that the first was not taken: {}",
        failed.message
    )
}

/// Result of a look-up that found nothing where that proves nothing.
pub(super) fn unpromised(seen: &str) -> String {
    format!(
        "the provider was asked and has nothing of it ({seen}), which does not prove that it never will: the way by which it \
         was sent does not promise until when it leaves"
    )
}

/// Result of a look-up that did not find a write whose connector had said that it could never be found.
pub(super) fn unseen(seen: &str) -> String {
    format!(
        "the connector did not find it ({seen}), which does not prove that it was not carried out: when it was sent, the \
         connector said that such a write cannot be looked for"
    )
}

/// Description of a look-up's result.
pub(super) fn look_up_result(found: &Result<Resolution, AttemptFailure>) -> String {
    match found {
        Ok(Resolution::Applied(receipt)) => {
            let document = receipt.document.as_ref().map(|document| format!(", document {document}"));
            format!("it was carried out{}", document.unwrap_or_default())
        }
        Ok(Resolution::NotApplied(seen)) => format!("it was not carried out, and no longer can be: {seen}"),
        Ok(Resolution::TooEarly(wait)) => format!("too early to tell: ask again in {} ms", wait.as_millis()),
        Ok(Resolution::CannotTell(words)) => format!("it cannot be told: {words}"),
        Err(error) => format!("the look-up failed: {}", error.failure.message),
    }
}
