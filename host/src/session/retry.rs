//! Whether a call that failed is made again, when, and how often: the policy, without a clock or an engine.

use std::time::Duration;

use stockbridge_model::{ErrorClass, Outcome, Repetition};

use crate::limits::Limits;
use crate::rate::for_answer;

/// The longest wait before the second attempt, on top of what is asked for; it doubles with each one.
const BASE: Duration = Duration::from_millis(100);
/// The longest that it becomes.
const LONGEST: Duration = Duration::from_secs(5);

/// Whether a call may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetrySafety {
    /// No: it could be carried out twice.
    Unsafe,
    /// At any time: read-only, or known not applied.
    Safe,
    /// Within this time: the provider drops a second one.
    SafeWithin(Duration),
}

impl RetrySafety {
    /// Of a write that failed like this, the first attempt at which began so long ago.
    pub(crate) fn of_write(outcome: Outcome, repetition: Repetition, since: Duration) -> RetrySafety {
        match (outcome, repetition) {
            (Outcome::NotApplied, _) => RetrySafety::Safe,
            (Outcome::Unknown, Repetition::Deduplicated(window)) => {
                window.checked_sub(since).map_or(RetrySafety::Unsafe, RetrySafety::SafeWithin)
            }
            (Outcome::Unknown, Repetition::Traceable(_) | Repetition::Blind) => RetrySafety::Unsafe,
        }
    }

    /// The longest wait for it, if it may be made at all.
    fn max_delay(self) -> Option<Duration> {
        match self {
            RetrySafety::Unsafe => None,
            RetrySafety::Safe => Some(Duration::MAX),
            RetrySafety::SafeWithin(window) => window.checked_sub(Duration::from_millis(1)),
        }
    }
}

/// The attempts at one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    most: u32,
    /// The least that is left for an attempt: one with less begins only to be cut off, and what was not applied before is
    /// unknown then.
    shortest: Duration,
    made: u32,
}

impl Attempts {
    /// As many as these limits allow, the first of which is being made.
    pub(crate) fn of(limits: &Limits) -> Attempts {
        Attempts { most: limits.attempts, shortest: limits.min_time_left, made: 1 }
    }

    /// The attempt that is being made, from 1.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// How long to wait for the next attempt after one that failed with this class, and that it is made; none if it is
    /// not. `asked`: how long the provider, or the budget, asks to wait. `left`: what is left of the call's time.
    pub(crate) fn after(
        &mut self,
        class: ErrorClass,
        again: RetrySafety,
        asked: Option<Duration>,
        left: Duration,
    ) -> Option<Duration> {
        // A provider that could not be understood, or that said no, says the same the next time.
        if !matches!(class, ErrorClass::Unavailable | ErrorClass::RateLimited) || self.made >= self.most {
            return None;
        }
        let asked = asked.unwrap_or_default();
        // The wait takes from the call's time as one for a turn does: as much of it is for the answer.
        let latest = left.checked_sub(for_answer(left).max(self.shortest))?;
        let room = latest.min(again.max_delay()?).checked_sub(asked)?;
        let wait = asked + backoff(self.made, room, fastrand::u64);
        self.made += 1;
        Some(wait)
    }
}

/// Exponential, within the room that there is, and with full jitter, on top of what was asked for too: those that failed
/// together do not come back together, and no pause ends with all of them at once.
fn backoff(made: u32, room: Duration, random: impl FnOnce(std::ops::RangeInclusive<u64>) -> u64) -> Duration {
    let longest = BASE.saturating_mul(1 << (made.saturating_sub(1)).min(16)).min(LONGEST).min(room);
    Duration::from_millis(random(0..=u64::try_from(longest.as_millis()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn of(most: u32) -> Attempts {
        Attempts::of(&Limits::default().attempts(most))
    }

    fn after(class: ErrorClass, again: RetrySafety, asked: Option<Duration>, left: Duration) -> Option<Duration> {
        of(2).after(class, again, asked, left)
    }

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        for class in [
            ErrorClass::InvalidRequest,
            ErrorClass::Unsupported,
            ErrorClass::Unauthorized,
            ErrorClass::Forbidden,
            ErrorClass::NotFound,
            ErrorClass::Rejected,
            ErrorClass::MalformedResponse,
            ErrorClass::Internal,
        ] {
            assert_eq!(after(class, RetrySafety::Safe, None, LONG), None, "{class}");
        }
        for class in [ErrorClass::Unavailable, ErrorClass::RateLimited] {
            assert!(after(class, RetrySafety::Safe, None, LONG).is_some(), "{class}");
        }
    }

    #[test]
    fn there_are_as_many_attempts_as_are_allowed() {
        for most in 1..5 {
            let mut attempts = of(most);
            while attempts.after(ErrorClass::Unavailable, RetrySafety::Safe, None, LONG).is_some() {}
            assert_eq!(attempts.made(), most);
        }
    }

    #[test]
    fn the_wait_is_the_one_that_was_asked_for_and_chance_or_there_is_no_other_attempt() {
        let asked = Duration::from_secs(7);
        let wait = || after(ErrorClass::RateLimited, RetrySafety::Safe, Some(asked), LONG).unwrap();
        let waits: BTreeSet<_> = (0..20).map(|_| wait()).collect();
        assert!(waits.iter().all(|wait| (asked..=asked + BASE).contains(wait)), "{waits:?}");
        // Those that one pause held up do not come back together.
        assert!(waits.len() > 1, "{waits:?}");
        for left in [asked, Duration::from_secs(3), Duration::ZERO] {
            assert_eq!(after(ErrorClass::RateLimited, RetrySafety::Safe, Some(asked), left), None, "{left:?}");
        }
    }

    #[test]
    fn an_attempt_with_too_little_time_for_an_answer_is_not_made() {
        let seconds = Duration::from_secs;
        for (asked, least) in [(seconds(6), seconds(8)), (seconds(55), LONG)] {
            let after = |left| after(ErrorClass::RateLimited, RetrySafety::Safe, Some(asked), left);
            assert!(after(least).is_some(), "{asked:?}");
            assert_eq!(after(least - Duration::from_millis(1)), None, "{asked:?}");
        }
        assert_eq!(after(ErrorClass::Unavailable, RetrySafety::Safe, None, Duration::from_millis(249)), None);
    }

    #[test]
    fn what_chance_adds_may_double_up_to_five_seconds_where_there_is_room_for_it() {
        let longest = |made| backoff(made, LONG, |range| *range.end());
        assert_eq!(
            (1..9).map(|made| longest(made).as_millis()).collect::<Vec<_>>(),
            [100, 200, 400, 800, 1600, 3200, 5000, 5000]
        );
        assert_eq!(longest(u32::MAX), LONGEST);
        assert_eq!(backoff(3, LONG, |range| *range.start()), Duration::ZERO);
        // Nor is chance a reason to make no other attempt.
        assert_eq!(backoff(3, BASE, |range| *range.end()), BASE);
    }

    #[test]
    fn a_write_is_made_again_only_where_it_cannot_be_carried_out_twice() {
        let (minute, since) = (Duration::from_secs(60), Duration::from_secs(50));
        let of = |outcome, repetition| RetrySafety::of_write(outcome, repetition, since);
        assert_eq!(of(Outcome::NotApplied, Repetition::Blind), RetrySafety::Safe);
        assert_eq!(of(Outcome::Unknown, Repetition::Blind), RetrySafety::Unsafe);
        assert_eq!(of(Outcome::Unknown, Repetition::Traceable(minute)), RetrySafety::Unsafe);
        let within = of(Outcome::Unknown, Repetition::Deduplicated(minute));
        assert_eq!(within, RetrySafety::SafeWithin(Duration::from_secs(10)));
        assert_eq!(of(Outcome::Unknown, Repetition::Deduplicated(since / 2)), RetrySafety::Unsafe);

        let wait = |seconds| Some(Duration::from_secs(seconds));
        let waited = after(ErrorClass::Unavailable, within, wait(9), LONG);
        assert!(waited >= wait(9) && waited < wait(10), "{waited:?}");
        assert_eq!(after(ErrorClass::Unavailable, within, wait(10), LONG), None);
        assert_eq!(after(ErrorClass::Unavailable, RetrySafety::Unsafe, None, LONG), None);
    }
}
