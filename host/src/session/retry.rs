//! Retry policy: whether a failed call is made again, when, and how often. It uses neither a clock nor the engine.

use std::time::Duration;

use stockbridge_model::{ErrorClass, Outcome, Repetition};

use crate::limits::Limits;
use crate::rate::for_answer;

/// Maximum random backoff before the second attempt, on top of the required wait; it doubles with each attempt.
const BASE: Duration = Duration::from_millis(100);
/// Upper limit of the random backoff.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Whether a call may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetrySafety {
    /// Never: it could be applied twice.
    Unsafe,
    /// At any time: read-only, or known not applied.
    Safe,
    /// Within this time, in which the provider drops a duplicate.
    SafeWithin(Duration),
}

impl RetrySafety {
    /// Retry safety of a failed write whose first attempt began `since` ago.
    pub(crate) fn of_write(outcome: Outcome, repetition: Repetition, since: Duration) -> RetrySafety {
        match (outcome, repetition) {
            (Outcome::NotApplied, _) => RetrySafety::Safe,
            (Outcome::Unknown, Repetition::Deduplicated(window)) => {
                window.checked_sub(since).map_or(RetrySafety::Unsafe, RetrySafety::SafeWithin)
            }
            (Outcome::Unknown, Repetition::Traceable(_) | Repetition::Blind) => RetrySafety::Unsafe,
        }
    }

    /// Maximum delay of a retry, if one is allowed at all.
    fn max_delay(self) -> Option<Duration> {
        match self {
            RetrySafety::Unsafe => None,
            RetrySafety::Safe => Some(Duration::MAX),
            RetrySafety::SafeWithin(window) => window.checked_sub(Duration::from_millis(1)),
        }
    }
}

/// Count and limits of the attempts at one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    most: u32,
    /// Minimum time left for an attempt. With less, an attempt would be cut off, and a write known not applied would become
    /// unknown.
    min_time_left: Duration,
    made: u32,
}

impl Attempts {
    /// Counts the first attempt, which is being made, against these limits.
    pub(crate) fn of(limits: &Limits) -> Attempts {
        Attempts { most: limits.attempts, min_time_left: limits.min_time_left, made: 1 }
    }

    /// Number of the current attempt, from 1.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// Delay before the next attempt after a failure of this class, and counts that attempt; none if there is no next attempt.
    /// `min_wait`: the wait that the provider or the budget requires. `left`: what is left of the call's time.
    pub(crate) fn after(
        &mut self,
        class: ErrorClass,
        safety: RetrySafety,
        min_wait: Option<Duration>,
        left: Duration,
    ) -> Option<Duration> {
        // A refusal or an unreadable answer would only be repeated.
        if !matches!(class, ErrorClass::Unavailable | ErrorClass::RateLimited) || self.made >= self.most {
            return None;
        }
        let min_wait = min_wait.unwrap_or_default();
        // The wait uses up the call's time, and leaves the reserve for the answer, like a wait for a permit.
        let latest = left.checked_sub(for_answer(left).max(self.min_time_left))?;
        let room = latest.min(safety.max_delay()?).checked_sub(min_wait)?;
        let wait = min_wait + backoff(self.made, room, fastrand::u64);
        self.made += 1;
        Some(wait)
    }
}

/// Exponential backoff with full jitter, limited to `room`. It is added to a required wait too, so that calls which failed
/// together are not retried together, nor all at the end of a pause.
fn backoff(made: u32, room: Duration, random: impl FnOnce(std::ops::RangeInclusive<u64>) -> u64) -> Duration {
    let longest = BASE.saturating_mul(1 << (made.saturating_sub(1)).min(16)).min(MAX_BACKOFF).min(room);
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

    fn after(class: ErrorClass, safety: RetrySafety, min_wait: Option<Duration>, left: Duration) -> Option<Duration> {
        of(2).after(class, safety, min_wait, left)
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
        let min_wait = Duration::from_secs(7);
        let wait = || after(ErrorClass::RateLimited, RetrySafety::Safe, Some(min_wait), LONG).unwrap();
        let waits: BTreeSet<_> = (0..20).map(|_| wait()).collect();
        assert!(waits.iter().all(|wait| (min_wait..=min_wait + BASE).contains(wait)), "{waits:?}");
        // Calls delayed by the same pause are not retried together.
        assert!(waits.len() > 1, "{waits:?}");
        for left in [min_wait, Duration::from_secs(3), Duration::ZERO] {
            assert_eq!(after(ErrorClass::RateLimited, RetrySafety::Safe, Some(min_wait), left), None, "{left:?}");
        }
    }

    #[test]
    fn an_attempt_with_too_little_time_for_an_answer_is_not_made() {
        let seconds = Duration::from_secs;
        for (min_wait, least) in [(seconds(6), seconds(8)), (seconds(55), LONG)] {
            let after = |left| after(ErrorClass::RateLimited, RetrySafety::Safe, Some(min_wait), left);
            assert!(after(least).is_some(), "{min_wait:?}");
            assert_eq!(after(least - Duration::from_millis(1)), None, "{min_wait:?}");
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
        assert_eq!(longest(u32::MAX), MAX_BACKOFF);
        assert_eq!(backoff(3, LONG, |range| *range.start()), Duration::ZERO);
        // Random backoff never prevents another attempt.
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
