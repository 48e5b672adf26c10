//! What is done about a write of which nobody knows whether it was carried out.
//!
//! A pure function of what it was sent under, how often that was tried, and the time. What the provider would not tell
//! apart from a first sending is never sent again.

use std::time::Duration;

use super::record::{Next, Standing};
use crate::model::{Repetition, Timestamp};

/// The most sendings of one write.
const MOST_SENDINGS: u32 = 12;
/// The most look-ups of one write.
const MOST_LOOKUPS: u32 = 1000;
/// How far the clock may have been set back between two sendings.
const SET_BACK: Duration = Duration::from_secs(1);
/// Kept between the last sending and the end of the provider's window: for the request's way, and clocks that differ.
const MARGIN: Duration = Duration::from_secs(5);

/// How long the host waits before it sends again, or looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// The first wait; each one after is twice as long, and up to half of it is left to chance.
    pub(crate) first: Duration,
    /// The longest.
    pub(crate) longest: Duration,
}

impl Default for Waits {
    fn default() -> Waits {
        Waits { first: Duration::from_secs(1), longest: Duration::from_secs(5 * 60) }
    }
}

impl Waits {
    /// The wait after so many attempts.
    fn after(self, attempts: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(self.longest);
        let half = doubled / 2;
        let chance = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
        half + Duration::from_millis(fastrand::u64(0..=chance))
    }
}

/// What a person reads where no connector could say more.
const NOT_TOLD: &str = "the provider was asked and did not tell; look there for the reference, or for what was ordered \
     around the time of the first sending";

/// What comes next for a write that was just sent, or looked for, in vain. `wait`: what was asked for, if anything.
///
/// `words`: what a person can look at, where the connector said so, or why the provider refused a repeat: with either
/// there is nothing left that the host could try.
pub(crate) fn next(
    standing: &Standing,
    now: Timestamp,
    waits: Waits,
    wait: Option<Duration>,
    words: Option<&str>,
) -> Next {
    match standing.terms.repetition {
        Repetition::Deduplicated(window) => {
            let at = now.later(wait.unwrap_or_else(|| waits.after(standing.sendings)));
            if standing.sendings < MOST_SENDINGS && words.is_none() && within(standing.first_sent, now, at, window) {
                return Next::Repeat { at };
            }
        }
        Repetition::Traceable(window) => {
            let at = now.later(wait.unwrap_or_else(|| waits.after(standing.lookups + 1)));
            if standing.lookups < MOST_LOOKUPS && words.is_none() && within(standing.last_sent, now, at, window) {
                return Next::LookUp { at };
            }
        }
        Repetition::Blind => {}
    }
    unrepeated(standing, now, waits, words)
}

/// Whether it may be sent again now.
pub(crate) fn may_repeat(standing: &Standing, now: Timestamp) -> bool {
    match standing.terms.repetition {
        Repetition::Deduplicated(window) => within(standing.first_sent, now, now, window),
        Repetition::Traceable(_) | Repetition::Blind => false,
    }
}

/// What comes next for a write that was to be sent again and may not be any more.
pub(crate) fn instead(standing: &Standing, now: Timestamp, waits: Waits) -> Next {
    unrepeated(standing, now, waits, None)
}

fn unrepeated(standing: &Standing, now: Timestamp, waits: Waits, words: Option<&str>) -> Next {
    match words {
        Some(words) => Next::Person { why: words.to_owned() },
        // The connector is asked once all the same, for its words on what a person can look at.
        None if standing.lookups == 0 => Next::LookUp { at: now.later(waits.first) },
        None => Next::Person { why: NOT_TOLD.to_owned() },
    }
}

/// Whether the provider's window is still open at a time. A clock that was set back proves nothing.
fn within(from: Timestamp, now: Timestamp, at: Timestamp, window: Duration) -> bool {
    let end = from.later(window.saturating_sub(MARGIN.min(window / 10)));
    from.earlier(SET_BACK) <= now && at < end
}

#[cfg(test)]
mod tests {
    use super::super::record::{State, Terms};
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const SENT: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn sent(repetition: Repetition, sendings: u32, lookups: u32) -> Standing {
        Standing {
            state: State::Sending,
            terms: Terms { repetition, methods: Vec::new() },
            connector: String::new(),
            key: None,
            first_sent: SENT,
            last_sent: SENT,
            sendings,
            lookups,
            since: SENT,
            events: 0,
        }
    }

    fn after(standing: &Standing, since: Duration) -> Next {
        next(standing, SENT.later(since), Waits::default(), None, None)
    }

    #[test]
    fn what_the_provider_deduplicates_is_repeated_within_its_window_and_never_after() {
        let once = sent(Repetition::Deduplicated(10 * MINUTE), 1, 1);
        assert!(matches!(after(&once, Duration::ZERO), Next::Repeat { at } if at > SENT));
        assert!(matches!(after(&once, 9 * MINUTE), Next::Repeat { .. }));
        assert!(matches!(after(&once, 10 * MINUTE), Next::Person { .. }));
        let asked = next(&once, SENT, Waits::default(), Some(11 * MINUTE), None);
        assert!(matches!(asked, Next::Person { .. }), "a wait that passes the window is not waited");
        assert!(matches!(after(&sent(Repetition::Deduplicated(10 * MINUTE), 12, 1), MINUTE), Next::Person { .. }));
        let refused = next(&once, SENT, Waits::default(), None, Some("refused"));
        assert_eq!(refused, Next::Person { why: "refused".to_owned() }, "whatever is left of the window");
    }

    #[test]
    fn a_clock_that_was_set_back_lets_nothing_be_repeated() {
        let once = sent(Repetition::Deduplicated(10 * MINUTE), 1, 1);
        assert!(matches!(next(&once, SENT.earlier(MINUTE), Waits::default(), None, None), Next::Person { .. }));
    }

    #[test]
    fn what_is_traceable_is_looked_for_until_the_connector_says_that_it_cannot_tell() {
        let once = sent(Repetition::Traceable(10 * MINUTE), 1, 0);
        let at = SENT.later(MINUTE);
        assert!(matches!(next(&once, at, Waits::default(), None, None), Next::LookUp { at: then } if then > at));
        assert_eq!(next(&once, at, Waits::default(), Some(MINUTE), None), Next::LookUp { at: at.later(MINUTE) });
        assert_eq!(next(&once, at, Waits::default(), None, Some("there")), Next::Person { why: "there".to_owned() });
    }

    #[test]
    fn what_is_blind_is_asked_about_once_for_the_connectors_words_and_then_waits_for_a_person() {
        let once = sent(Repetition::Blind, 1, 0);
        assert_eq!(
            next(&once, SENT, Waits::default(), None, None),
            Next::LookUp { at: SENT.later(Waits::default().first) }
        );
        assert_eq!(next(&once, SENT, Waits::default(), None, Some("there")), Next::Person { why: "there".to_owned() });
    }

    #[test]
    fn what_nobody_could_tell_in_time_waits_for_a_person() {
        for repetition in [Repetition::Blind, Repetition::Traceable(MINUTE), Repetition::Deduplicated(MINUTE)] {
            let late = SENT.later(2 * MINUTE);
            assert_eq!(
                next(&sent(repetition, 1, 0), late, Waits::default(), None, None),
                Next::LookUp { at: late.later(Waits::default().first) },
                "{repetition:?}"
            );
            assert!(
                matches!(next(&sent(repetition, 1, 1), late, Waits::default(), None, None), Next::Person { .. }),
                "{repetition:?}"
            );
        }
    }

    #[test]
    fn waits_grow_to_five_minutes_and_no_two_writes_wait_the_same() {
        let waits = Waits::default();
        for attempts in 1..40 {
            let wait = waits.after(attempts);
            let whole = waits.first.saturating_mul(1 << (attempts - 1).min(16)).min(waits.longest);
            assert!(wait >= whole / 2 && wait <= whole, "{attempts}: {wait:?}");
        }
        let waits: std::collections::BTreeSet<_> = (0..20).map(|_| waits.after(5)).collect();
        assert!(waits.len() > 10);
    }
}
