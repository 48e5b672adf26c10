//! Next step for a write of unknown outcome.
//!
//! A pure function of the terms it was sent under, the attempts so far, and the time. A write that the provider could not
//! recognise as a repeat is never sent again.

use std::time::Duration;

use stockbridge_model::boot_clock::BootStamp;
use stockbridge_model::{ErrorClass, Repetition, Timestamp};

use super::clock::Moment;
use super::record::{Next, WriteStatus};
use super::schedule;

/// Maximum number of sendings of one write.
const MAX_SENDINGS: u32 = 12;
/// Maximum number of look-ups of one write.
const MAX_LOOKUPS: u32 = 1000;
/// Maximum number of look-ups of a write that is not traceable, while they fail or come too early.
pub(super) const MAX_FAILED_LOOKUPS: u32 = 12;
/// Tolerated setback of the clock between two sendings.
const SETBACK_TOLERANCE: Duration = Duration::from_secs(1);
/// Margin between the last sending and the end of the provider's window: for the request's transit, and clock differences.
const MARGIN: Duration = Duration::from_secs(5);

/// Delays before the host repeats or looks up a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryBackoff {
    /// The first delay; each later one is twice as long, and up to half of it is random.
    pub first: Duration,
    /// Maximum delay.
    pub longest: Duration,
}

impl Default for RecoveryBackoff {
    fn default() -> RecoveryBackoff {
        RecoveryBackoff { first: Duration::from_secs(1), longest: Duration::from_secs(5 * 60) }
    }
}

impl RecoveryBackoff {
    /// Delay after this many attempts.
    fn after(self, attempts: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(self.longest);
        let half = doubled / 2;
        let chance = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
        half + Duration::from_millis(fastrand::u64(0..=chance))
    }
}

/// Advice for an operator where no connector gave any.
const NO_ADVICE: &str = "the look-up gave no answer; search the provider for the reference, or for the ordered goods around \
     the time of the first sending";

/// Feedback on a write of unknown outcome, from its latest sending or look-up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AttemptFeedback<'a> {
    /// Time for which it should be left alone.
    pub wait: Option<Duration>,
    /// Advice for an operator: there is nothing left that the host could try.
    pub advice: Option<&'a str>,
    /// Reason why it is not sent again.
    pub refused: Option<&'a str>,
}

/// Next step for a write that was just sent, or looked up, without success.
pub(crate) fn next(status: &WriteStatus, now: Moment, waits: RecoveryBackoff, feedback: AttemptFeedback<'_>) -> Next {
    match status.terms.repetition {
        // A write that is being looked up was not to be repeated any more.
        Repetition::Deduplicated(window) if feedback.advice.or(feedback.refused).is_none() && status.lookups == 0 => {
            let wait = feedback.wait.unwrap_or_default().max(repeat_delay(status, now, waits));
            if status.sendings < MAX_SENDINGS
                && since_first(status, now).is_some_and(|since| since + wait < usable(window))
            {
                return Next::Repeat { at: now.wall.later(wait) };
            }
        }
        Repetition::Traceable(window) if feedback.advice.is_none() => {
            let wait = feedback.wait.unwrap_or_else(|| waits.after(status.lookups + 1));
            if status.lookups < MAX_LOOKUPS
                && since_last(status, now).is_some_and(|since| since + wait < usable(window))
            {
                return Next::LookUp { at: now.wall.later(wait) };
            }
        }
        Repetition::Deduplicated(_) | Repetition::Traceable(_) | Repetition::Blind => {}
    }
    next_without_repeat(status, now, waits, feedback)
}

/// Delay before a repeat. It also grows with the time since the first sending, since attempts that failed before anything was
/// sent do not count as sendings.
fn repeat_delay(status: &WriteStatus, now: Moment, waits: RecoveryBackoff) -> Duration {
    let since = since_first(status, now).unwrap_or_default();
    waits.after(status.sendings).max((since / 16).min(waits.longest))
}

/// Time left to send it again; zero where it may not be.
pub(crate) fn repeat_left(status: &WriteStatus, now: Moment) -> Duration {
    match (status.terms.repetition, since_first(status, now)) {
        (Repetition::Deduplicated(window), Some(since)) => usable(window).saturating_sub(since),
        _ => Duration::ZERO,
    }
}

/// Window in which a sending that is about to be recorded has to leave: within `longest`, and while its provider can still
/// recognise a repeat or find the write.
pub(crate) fn send_window(status: &WriteStatus, now: Moment, longest: Duration) -> Duration {
    match status.terms.repetition {
        Repetition::Deduplicated(_) => repeat_left(status, now).min(longest),
        Repetition::Traceable(window) => usable(window).min(longest),
        Repetition::Blind => longest,
    }
}

/// Whether it may be sent again now.
pub(crate) fn may_repeat(status: &WriteStatus, now: Moment) -> bool {
    !repeat_left(status, now).is_zero()
}

/// Next step for a write that was to be repeated and may not be any more.
pub(crate) fn replan(status: &WriteStatus, now: Moment, waits: RecoveryBackoff) -> Next {
    next_without_repeat(status, now, waits, AttemptFeedback::default())
}

fn next_without_repeat(
    status: &WriteStatus,
    now: Moment,
    waits: RecoveryBackoff,
    feedback: AttemptFeedback<'_>,
) -> Next {
    let now = now.wall;
    match feedback.advice {
        Some(advice) => Next::ManualReview { why: advice.to_owned() },
        // The connector is still asked once, for its advice on what an operator can check.
        None if status.lookups == 0 => Next::LookUp { at: now.later(feedback.wait.unwrap_or(waits.first)) },
        // It gave none yet: the look-up failed, or came too early.
        None if status.lookups < MAX_FAILED_LOOKUPS => {
            Next::LookUp { at: now.later(feedback.wait.unwrap_or_else(|| waits.after(status.lookups + 1))) }
        }
        None => Next::ManualReview { why: feedback.refused.unwrap_or(NO_ADVICE).to_owned() },
    }
}

/// Usable part of the provider's window.
fn usable(window: Duration) -> Duration {
    window.saturating_sub(MARGIN.min(window / 10))
}

fn since_first(status: &WriteStatus, now: Moment) -> Option<Duration> {
    since(status.first_sent, status.first_sent_boot, now)
}

fn since_last(status: &WriteStatus, now: Moment) -> Option<Duration> {
    since(status.last_sent, status.last_sent_boot, now)
}

/// Maximum time since a sending, by the wall clock and by the boot clock, which cannot be set; none where neither
/// tells. A wall clock that was set back proves nothing.
fn since(sent: Timestamp, stamp: Option<BootStamp>, now: Moment) -> Option<Duration> {
    let by_boot = now.boot.zip(stamp).and_then(|(now, then)| now.since(then));
    let milliseconds = u64::try_from(now.wall.as_millis().saturating_sub(sent.as_millis())).unwrap_or(0);
    let by_wall = (sent.earlier(SETBACK_TOLERANCE) <= now.wall).then(|| Duration::from_millis(milliseconds));
    by_wall.max(by_boot)
}

/// Whether the class of a failed repeat or look-up allows another attempt.
pub(super) fn is_transient(class: ErrorClass) -> bool {
    use ErrorClass::{MalformedResponse, RateLimited, Unavailable};
    matches!(class, RateLimited | Unavailable | MalformedResponse)
}

/// Bounds a delay that a connector asks for: long enough not to hammer the provider, and short enough not to be forgotten.
pub(super) fn bounded_delay(wait: Duration) -> Duration {
    wait.clamp(Duration::from_millis(100), schedule::LONGEST)
}

#[cfg(test)]
mod tests {
    use super::super::age::Age;
    use super::super::record::Extent;
    use super::super::record::{RetryTerms, State};
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const SENT: Timestamp = Timestamp::from_millis(1_000_000_000);

    const THERE: AttemptFeedback<'_> = AttemptFeedback { wait: None, advice: Some("there"), refused: None };

    fn sent(repetition: Repetition, sendings: u32, lookups: u32) -> WriteStatus {
        WriteStatus {
            state: State::Sending,
            terms: RetryTerms { repetition, methods: Vec::new() },
            connector: stockbridge_model::Digest::of(b""),
            key: None,
            first_sent: SENT,
            last_sent: SENT,
            first_sent_boot: None,
            last_sent_boot: None,
            send_limit: None,
            sendings,
            lookups,
            since: SENT,
            events: 0,
            story: Extent::default(),
            first_sent_age: Age::default(),
            since_age: Age::default(),
            epoch: 0,
        }
    }

    fn after(status: &WriteStatus, since: Duration) -> Next {
        next(status, SENT.later(since).into(), RecoveryBackoff::default(), AttemptFeedback::default())
    }

    #[test]
    fn what_the_provider_deduplicates_is_repeated_within_its_window_and_never_after() {
        let once = sent(Repetition::Deduplicated(10 * MINUTE), 1, 0);
        assert!(matches!(after(&once, Duration::ZERO), Next::Repeat { at } if at > SENT));
        assert!(matches!(after(&once, 9 * MINUTE), Next::Repeat { .. }));
        assert!(matches!(after(&once, 10 * MINUTE), Next::LookUp { .. }));
        let delayed = next(
            &once,
            SENT.into(),
            RecoveryBackoff::default(),
            AttemptFeedback { wait: Some(11 * MINUTE), ..AttemptFeedback::default() },
        );
        assert!(matches!(delayed, Next::LookUp { .. }), "nothing is sent when the wait is over: {delayed:?}");
        assert!(matches!(after(&sent(Repetition::Deduplicated(10 * MINUTE), 12, 0), MINUTE), Next::LookUp { .. }));
        assert!(matches!(after(&sent(Repetition::Deduplicated(10 * MINUTE), 1, 1), MINUTE), Next::LookUp { .. }));
        let feedback = AttemptFeedback { refused: Some("refused"), ..AttemptFeedback::default() };
        let refused =
            next(&sent(Repetition::Deduplicated(10 * MINUTE), 1, 0), SENT.into(), RecoveryBackoff::default(), feedback);
        assert!(matches!(refused, Next::LookUp { .. }), "whatever is left of the window: {refused:?}");
        let exhausted = next(
            &sent(Repetition::Deduplicated(10 * MINUTE), 1, 12),
            SENT.into(),
            RecoveryBackoff::default(),
            feedback,
        );
        assert_eq!(exhausted, Next::ManualReview { why: "refused".to_owned() });
    }

    #[test]
    fn a_repeat_has_to_leave_before_the_window_ends() {
        let once = sent(Repetition::Deduplicated(10 * MINUTE), 1, 0);
        let left = |since| repeat_left(&once, SENT.later(since).into());
        assert_eq!(left(MINUTE), 9 * MINUTE - MARGIN);
        assert_eq!(left(10 * MINUTE - MARGIN), Duration::ZERO);
        assert_eq!(left(10 * MINUTE), Duration::ZERO);
        assert_eq!(repeat_left(&sent(Repetition::Blind, 1, 0), SENT.into()), Duration::ZERO);
    }

    #[test]
    fn what_is_tried_in_vain_and_never_sent_is_tried_ever_more_rarely() {
        let once = sent(Repetition::Deduplicated(10 * MINUTE), 1, 0);
        let Next::Repeat { at } = after(&once, 4 * MINUTE) else { panic!("it is not repeated") };
        assert!(at >= SENT.later(4 * MINUTE + MINUTE / 4), "{at:?}");
    }

    #[test]
    fn a_look_up_that_fails_or_comes_too_early_is_made_again() {
        let looked = sent(Repetition::Blind, 1, 1);
        assert!(matches!(after(&looked, MINUTE), Next::LookUp { .. }));
        let early = AttemptFeedback { wait: Some(MINUTE), ..AttemptFeedback::default() };
        assert_eq!(
            next(&looked, SENT.into(), RecoveryBackoff::default(), early),
            Next::LookUp { at: SENT.later(MINUTE) }
        );
    }

    #[test]
    fn a_clock_that_was_set_back_lets_nothing_be_repeated() {
        let once = sent(Repetition::Deduplicated(10 * MINUTE), 1, 0);
        let set_back = SENT.earlier(MINUTE);
        assert!(matches!(
            next(&once, set_back.into(), RecoveryBackoff::default(), AttemptFeedback::default()),
            Next::LookUp { .. }
        ));
        assert!(!may_repeat(&once, set_back.into()) && may_repeat(&once, SENT.into()));
    }

    #[test]
    fn the_clock_that_nobody_can_set_holds_where_the_one_on_the_wall_was_set() {
        let stamp_of = |boot, at: Duration| BootStamp::of(boot, u64::try_from(at.as_millis()).unwrap());
        let stamp = |at| stamp_of(1, at);
        let once = WriteStatus { first_sent_boot: stamp(MINUTE), ..sent(Repetition::Deduplicated(10 * MINUTE), 1, 0) };
        let left = |wall, boot| repeat_left(&once, Moment { wall, boot });
        // Set back by hours: nine minutes have passed all the same, and then eleven.
        let back = SENT.earlier(300 * MINUTE);
        assert_eq!(left(back, stamp(10 * MINUTE)), MINUTE - MARGIN);
        assert_eq!(left(back, stamp(12 * MINUTE)), Duration::ZERO);
        // Set back by less than has passed.
        assert_eq!(left(SENT.later(MINUTE), stamp(12 * MINUTE)), Duration::ZERO);
        // After a reboot only the wall clock is left, and what it proves.
        assert_eq!(left(back, stamp_of(2, MINUTE)), Duration::ZERO);
        // Set forward: a window that may be over counts as over.
        assert_eq!(left(SENT.later(99 * MINUTE), stamp(2 * MINUTE)), Duration::ZERO);
    }

    #[test]
    fn a_write_leaves_within_the_longest_window_and_within_its_providers() {
        let (longest, second) = (Duration::from_secs(5), Duration::from_secs(1));
        let window = |repetition, since| send_window(&sent(repetition, 1, 0), SENT.later(since).into(), longest);
        assert_eq!(window(Repetition::Blind, Duration::ZERO), longest);
        assert_eq!(window(Repetition::Deduplicated(10 * MINUTE), Duration::ZERO), longest);
        assert_eq!(window(Repetition::Deduplicated(10 * MINUTE), 10 * MINUTE - MARGIN - second), second);
        assert_eq!(window(Repetition::Deduplicated(10 * MINUTE), 10 * MINUTE), Duration::ZERO);
        assert_eq!(window(Repetition::Deduplicated(second), Duration::ZERO), second - second / 10);
        assert_eq!(window(Repetition::Traceable(second), Duration::ZERO), second - second / 10);
    }

    #[test]
    fn what_is_traceable_is_looked_for_until_the_connector_says_that_it_cannot_tell() {
        let once = sent(Repetition::Traceable(10 * MINUTE), 1, 0);
        let at = SENT.later(MINUTE);
        let waits = RecoveryBackoff::default();
        assert!(
            matches!(next(&once, at.into(), waits, AttemptFeedback::default()), Next::LookUp { at: then } if then > at)
        );
        let early = AttemptFeedback { wait: Some(MINUTE), ..AttemptFeedback::default() };
        assert_eq!(next(&once, at.into(), waits, early), Next::LookUp { at: at.later(MINUTE) });
        assert_eq!(next(&once, at.into(), waits, THERE), Next::ManualReview { why: "there".to_owned() });
    }

    #[test]
    fn what_is_blind_is_asked_about_once_for_the_connectors_words_and_then_waits_for_a_person() {
        let once = sent(Repetition::Blind, 1, 0);
        assert_eq!(
            next(&once, SENT.into(), RecoveryBackoff::default(), AttemptFeedback::default()),
            Next::LookUp { at: SENT.later(RecoveryBackoff::default().first) }
        );
        assert_eq!(
            next(&once, SENT.into(), RecoveryBackoff::default(), THERE),
            Next::ManualReview { why: "there".to_owned() }
        );
    }

    #[test]
    fn what_nobody_could_tell_in_time_waits_for_a_person() {
        for repetition in [Repetition::Blind, Repetition::Traceable(MINUTE), Repetition::Deduplicated(MINUTE)] {
            let late = SENT.later(2 * MINUTE);
            assert_eq!(
                next(&sent(repetition, 1, 0), late.into(), RecoveryBackoff::default(), AttemptFeedback::default()),
                Next::LookUp { at: late.later(RecoveryBackoff::default().first) },
                "{repetition:?}"
            );
            assert!(
                matches!(
                    next(&sent(repetition, 1, 12), late.into(), RecoveryBackoff::default(), AttemptFeedback::default()),
                    Next::ManualReview { .. }
                ),
                "{repetition:?}"
            );
        }
    }

    #[test]
    fn waits_grow_to_five_minutes_and_no_two_writes_wait_the_same() {
        let waits = RecoveryBackoff::default();
        for attempts in 1..40 {
            let wait = waits.after(attempts);
            let whole = waits.first.saturating_mul(1 << (attempts - 1).min(16)).min(waits.longest);
            assert!(wait >= whole / 2 && wait <= whole, "{attempts}: {wait:?}");
        }
        let waits: std::collections::BTreeSet<_> = (0..20).map(|_| waits.after(5)).collect();
        assert!(waits.len() > 10);
    }
}
