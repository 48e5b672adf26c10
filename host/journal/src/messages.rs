//! What the journal says of failures, repeats and look-ups, for people.

use stockbridge_model::{Failure, Resolution};

use super::gap::Gap;
use crate::error::JournalError;
use crate::refusal::AttemptFailure;

/// A write that a process was working on when it ended.
pub(super) fn interrupted() -> Failure {
    Failure::from(&JournalError::Interrupted)
}

/// An order that the journal does not know, or knows from before a gap of it.
pub(super) fn in_a_gap(gap: &Gap) -> Failure {
    Failure::from(&JournalError::InGap { from: gap.from, until: gap.until })
}

/// Why a repeat is the last one: the provider refused it, or the connector could not read its answer.
pub(super) fn in_vain(failed: &Failure) -> String {
    format!(
        "it was sent again under its reference in vain, which does not prove that the first was not taken: {}",
        failed.message
    )
}

/// A look-up that found nothing where that proves nothing.
pub(super) fn unpromised(seen: &str) -> String {
    format!(
        "the provider was asked and has nothing of it ({seen}), which does not prove that it never will: the way by which it \
         was sent does not promise until when it leaves"
    )
}

/// A look-up that found nothing of a write whose connector had said that it could never be found.
pub(super) fn unseen(seen: &str) -> String {
    format!(
        "the connector did not find it ({seen}), which does not prove that it was not carried out: when it was sent, the \
         connector said that such a write cannot be looked for"
    )
}

/// What a look-up found.
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
