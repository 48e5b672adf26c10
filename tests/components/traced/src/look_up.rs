//! Resolution of a write from the provider's state of its reference. An incomplete answer is an error and resolves nothing.

use stockbridge_connector::{Attempt, Error, Host, Resolution};

use crate::wire::{self, State};
use crate::{milliseconds, receipt};

pub(crate) fn resolve(host: &impl Host, key: &str, attempt: &Attempt) -> Result<Resolution, Error> {
    let settles = milliseconds(host, "settles-ms")?;
    Ok(match wire::look_up(host, key)? {
        State::Applied { document, .. } => Resolution::Applied(receipt(document, None)),
        State::Working { retry_after_ms, .. } => Resolution::TooEarly(retry_after_ms),
        State::Archived { .. } => {
            Resolution::CannotTell(format!("the record was archived: ask the provider's archive for {key}"))
        }
        State::Unknown { .. } => match unsettled(host.now(), attempt, settles) {
            Some(left) => Resolution::TooEarly(left),
            None => Resolution::NotApplied(format!("the provider knows no write under {key}")),
        },
    })
}

/// Remaining time in which a write that was sent at this time may still appear.
fn unsettled(now: i64, attempt: &Attempt, settles: u64) -> Option<u64> {
    let settled = attempt.last_sent.saturating_add_unsigned(settles);
    u64::try_from(settled.saturating_sub(now)).ok().filter(|left| *left > 0)
}
