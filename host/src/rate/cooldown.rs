//! Cooldown after a rate limit of the provider: as long as the provider asks for, or, if it gives no time, longer after each
//! further limit.

use std::time::{Duration, Instant};

/// Maximum pause, whatever a provider asks for: one odd answer must not stop an account for a day.
pub(super) const LONGEST: Duration = Duration::from_hours(1);
/// First pause, if the provider gives no time.
const FIRST: Duration = Duration::from_secs(1);
/// Maximum pause, if the provider gives no time.
const MAX_BACKOFF: Duration = Duration::from_mins(1);
/// An extension of a pause by less than this is not reported: one limit causes many answers.
const SAME: Duration = Duration::from_secs(1);
/// A pause is remembered for this long after its end, so that the next one is longer.
const REMEMBERED: Duration = Duration::from_mins(1);

/// A pause, and the number of pauses without a success in between.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pause {
    until: Option<Instant>,
    times: u32,
}

impl Pause {
    /// Its end, if it is not over.
    pub(super) fn end(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// Whether there is no pause, current or remembered.
    pub(super) fn is_nothing(&self, now: Instant) -> bool {
        self.end(now).is_none() && self.times == 0
    }

    /// Whether it ended so long ago that it is forgotten.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until + REMEMBERED <= now)
    }

    /// Starts or extends the pause after a rate limit; `requested`: the time that the provider asks for, if it gives one. Returns
    /// the length of the pause from now, if it has to be reported.
    pub(super) fn learn(&mut self, requested: Option<Duration>, now: Instant) -> Option<Duration> {
        let length = match requested.filter(|requested| !requested.is_zero()) {
            Some(requested) => requested.min(LONGEST),
            // Answers to requests sent before the pause do not count again.
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

    /// Records a request that was answered normally.
    pub(super) fn succeeded(&mut self, now: Instant) {
        // During the pause, the answer is to a request sent before it, and proves nothing.
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
        // A shorter request does not shorten it, and a minor extension is not reported.
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
            // Answers to the other requests in flight.
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
