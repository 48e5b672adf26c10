//! The journal's own age, which decides when a write is forgotten, whatever the clock says.
//!
//! It is stored with every record. It grows with the time that a host runs, and between two openings by the time that passed
//! by the clock, but by at most a day and never backwards. So a clock that jumps, a host that was off for months and a
//! record written under a wrong clock can make a write be forgotten too late, never too early.

use std::time::{Duration, Instant};

use crate::LOG_TARGET;
use serde::{Deserialize, Serialize};

use stockbridge_model::Timestamp;

/// Maximum time that a pause between two openings counts for.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);
/// Deviation of the clock from the expected time that is logged.
const JUMP_TOLERANCE: Duration = Duration::from_secs(60);

/// Age of the journal, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Age(u64);

impl Age {
    pub const fn from_millis(milliseconds: u64) -> Age {
        Age(milliseconds)
    }

    pub const fn as_millis(self) -> u64 {
        self.0
    }

    pub fn later(self, by: Duration) -> Age {
        Age(self.0.saturating_add(millis(by)))
    }

    pub fn earlier(self, by: Duration) -> Age {
        Age(self.0.saturating_sub(millis(by)))
    }
}

/// Time of a record: by the journal's age, and by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub age: Age,
    pub at: Timestamp,
}

/// Age of the journal while a host works on it.
#[derive(Debug)]
pub(crate) struct Ageing {
    opened: Instant,
    /// The age at that time.
    age: Age,
}

impl Ageing {
    /// For a journal opened now whose latest stamp is this.
    pub(crate) fn since(latest: Option<Stamp>, now: Timestamp) -> Ageing {
        let age = latest.map_or(Age::default(), |latest| latest.age.later(pause(latest.at, now).min(MAX_PAUSE)));
        Ageing { opened: Instant::now(), age }
    }

    pub(crate) fn now(&self) -> Age {
        self.age.later(self.opened.elapsed())
    }
}

/// Logs a jump of the clock while no host held the journal, or a long pause.
pub(crate) fn log_clock_jump(place: &str, latest: Option<Stamp>, now: Timestamp) {
    let Some(latest) = latest else { return };
    let back = pause(now, latest.at);
    if back > JUMP_TOLERANCE {
        tracing::warn!(
            target: LOG_TARGET,
            journal = place,
            seconds = back.as_secs(),
            "the clock is behind the journal's latest record: it was set back, or that record was written under a wrong clock; \
             writes are kept longer for that"
        );
    } else if pause(latest.at, now) > MAX_PAUSE {
        tracing::info!(
            target: LOG_TARGET,
            journal = place,
            days = pause(latest.at, now).as_secs() / (24 * 60 * 60),
            "by the clock the journal was last written days ago, which count as one day towards forgetting"
        );
    }
}

fn pause(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or(0))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = MAX_PAUSE;
    const THEN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn age_after(now: Timestamp) -> u64 {
        let latest = Stamp { age: Age::from_millis(1000), at: THEN };
        Ageing::since(Some(latest), now).age.as_millis()
    }

    #[test]
    fn a_pause_counts_as_it_was_and_for_a_day_at_most_and_a_clock_that_was_set_back_for_nothing() {
        assert_eq!(age_after(THEN.later(Duration::from_secs(5))), 6000);
        for far in [DAY, 91 * DAY, 3650 * DAY] {
            assert_eq!(age_after(THEN.later(far)), 1000 + 24 * 60 * 60 * 1000);
        }
        for back in [Duration::from_secs(1), 3650 * DAY] {
            assert_eq!(age_after(THEN.earlier(back)), 1000);
        }
    }
}
