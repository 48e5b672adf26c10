//! How long nothing is sent after the provider said that it was too much: as long as it says, or, where it says nothing,
//! longer each time that it says so again.

use std::time::{Duration, Instant};

/// The longest pause, whatever a provider says: nobody should be shut out for a day by one odd answer.
pub(super) const LONGEST: Duration = Duration::from_hours(1);
/// Where the provider does not say how long: the first time, and the longest.
const FIRST: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_mins(1);
/// What is later by less than this is the same pause: many answers tell of one limit.
const SAME: Duration = Duration::from_secs(1);
/// How long after its end a pause is remembered, so that the next one is longer.
const REMEMBERED: Duration = Duration::from_mins(1);

/// A pause, and how often there was one without success in between.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pause {
    until: Option<Instant>,
    times: u32,
}

impl Pause {
    /// When it ends, if it is not over.
    pub(super) fn end(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// Whether there is anything to remember of it.
    pub(super) fn is_nothing(&self, now: Instant) -> bool {
        self.end(now).is_none() && self.times == 0
    }

    /// Whether it has been over for so long that it is forgotten.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until + REMEMBERED <= now)
    }

    /// The provider says that it was too much, and perhaps how long it wants to be left alone. How long the pause is
    /// from now, if that is news.
    pub(super) fn learn(&mut self, told: Option<Duration>, now: Instant) -> Option<Duration> {
        let length = match told.filter(|told| !told.is_zero()) {
            Some(told) => told.min(LONGEST),
            // Answers to what was sent before the pause say nothing new.
            None if self.end(now).is_some() => return None,
            None => {
                self.times = self.times.saturating_add(1);
                FIRST.saturating_mul(1 << (self.times - 1).min(6)).min(MAX_BACKOFF)
            }
        };
        let (before, until) = (self.end(now), now + length);
        self.until = before.max(Some(until));
        before.is_none_or(|before| before + SAME < until).then_some(length)
    }

    /// A request was answered as it should be.
    pub(super) fn succeeded(&mut self, now: Instant) {
        // What was sent before the pause proves nothing of it.
        if self.end(now).is_none() {
            *self = Pause::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_as_long_as_the_provider_says_within_an_hour() {
        let (mut pause, now) = (Pause::default(), Instant::now());
        assert_eq!(pause.learn(Some(Duration::from_secs(4)), now), Some(Duration::from_secs(4)));
        assert_eq!(pause.end(now), Some(now + Duration::from_secs(4)));
        // A shorter one does not shorten it, and one that is as good as the same is no news.
        assert_eq!(pause.learn(Some(Duration::from_secs(2)), now), None);
        assert_eq!(pause.learn(Some(Duration::from_millis(4500)), now), None);
        assert_eq!(pause.end(now), Some(now + Duration::from_millis(4500)));
        assert_eq!(pause.learn(Some(Duration::from_hours(24)), now), Some(LONGEST));
        assert_eq!(pause.end(now + LONGEST), None);
    }

    #[test]
    fn without_a_word_of_the_provider_each_pause_is_twice_the_one_before_until_a_request_succeeds() {
        let (mut pause, mut now) = (Pause::default(), Instant::now());
        let mut lengths = Vec::new();
        for _ in 0..9 {
            let length = pause.learn(None, now).unwrap();
            // The other answers of those that were on their way.
            assert_eq!(pause.learn(None, now), None);
            pause.succeeded(now);
            lengths.push(length.as_secs());
            now += length;
        }
        assert_eq!(lengths, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        pause.succeeded(now);
        assert!(pause.is_nothing(now));
        assert_eq!(pause.learn(None, now), Some(FIRST));
    }

    #[test]
    fn no_wait_at_all_is_no_word_of_the_provider() {
        assert_eq!(Pause::default().learn(Some(Duration::ZERO), Instant::now()), Some(FIRST));
    }

    #[test]
    fn a_pause_is_forgotten_a_minute_after_its_end() {
        let (mut pause, now) = (Pause::default(), Instant::now());
        pause.learn(None, now);
        assert!(!pause.is_forgotten(now + FIRST));
        assert!(pause.is_forgotten(now + FIRST + REMEMBERED));
    }
}
