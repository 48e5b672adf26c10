//! How often: so many requests a minute, with a small burst, and never more than that in any minute, wherever it begins.

use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_mins(1);
/// Which part of a minute's requests may come at once.
const BURST: u32 = 20;

/// A bucket of turns that fills steadily. It holds the burst, and is full at the beginning.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    interval: Duration,
    burst: u32,
    /// When it will be full again, as far as it is known now: one interval later for each turn that is taken.
    full: Instant,
}

impl Bucket {
    /// So many turns a minute, at least one. What fills it is less by the burst, so that the burst and what comes after
    /// it stay within the rate together, however the provider's minutes lie.
    pub(super) fn new(a_minute: u32, now: Instant) -> Bucket {
        let burst = (a_minute / BURST).max(1);
        let refill = (a_minute + 1).saturating_sub(burst).max(1);
        // Rounded up: a nanosecond less would be one turn too many in some minute.
        Bucket { interval: MINUTE / refill + Duration::from_nanos(1), burst, full: now }
    }

    /// The same at another rate: what was taken stays taken, as far as this one can hold it.
    pub(super) fn at_rate(&self, a_minute: u32, now: Instant) -> Bucket {
        let mut other = Bucket::new(a_minute, now);
        other.full = self.full.min(now + other.interval.saturating_mul(other.burst));
        other
    }

    /// How long it takes until it is full.
    pub(super) fn owed(&self, now: Instant) -> Duration {
        self.full.saturating_duration_since(now)
    }

    /// Takes as much out of it as others have, and no more than it can hold.
    pub(super) fn owe(&mut self, owed: Duration, now: Instant) {
        self.full = self.full.max(now + owed.min(self.interval.saturating_mul(self.burst)));
    }

    /// When the next turn is there, at `floor` at the earliest.
    pub(super) fn next(&self, floor: Instant) -> Instant {
        let held = self.interval.saturating_mul(self.burst.saturating_sub(1));
        self.full.checked_sub(held).map_or(floor, |next| next.max(floor))
    }

    /// Takes a turn at this time.
    pub(super) fn take(&mut self, at: Instant) {
        self.full = self.full.max(at) + self.interval;
    }

    /// Puts a turn back that nothing was sent with.
    pub(super) fn give_back(&mut self) {
        self.full = self.full.checked_sub(self.interval).unwrap_or(self.full);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_no_minute_are_there_more_turns_than_the_rate_however_greedily_they_are_taken() {
        for rate in [1, 2, 7, 19, 20, 40, 60, 900, 12_000] {
            let begun = Instant::now();
            let mut bucket = Bucket::new(rate, begun);
            let (mut taken, mut now) = (Vec::new(), begun);
            // Idle for a while in between, so that the burst comes again.
            for turn in 0..rate * 3 + 5 {
                now = bucket.next(now + if turn == rate { MINUTE } else { Duration::ZERO });
                bucket.take(now);
                taken.push(now);
            }
            for (first, next) in taken.iter().zip(&taken[rate as usize..]) {
                assert!(next.duration_since(*first) >= MINUTE, "{rate}");
            }
            // Nor much less, once the first burst is over.
            let average = now.duration_since(begun).saturating_sub(MINUTE);
            assert!(average <= MINUTE * 4 + MINUTE / 2 || rate < 4, "{rate}: {average:?}");
        }
    }

    #[test]
    fn a_turn_that_was_put_back_is_there_again() {
        let now = Instant::now();
        let mut bucket = Bucket::new(1, now);
        bucket.take(now);
        assert!(bucket.next(now) > now);
        bucket.give_back();
        assert_eq!(bucket.next(now), now);
    }

    #[test]
    fn another_rate_holds_at_once_and_gives_nothing_away() {
        let now = Instant::now();
        let mut bucket = Bucket::new(60, now);
        (0..3).for_each(|_| bucket.take(now));
        let slower = bucket.at_rate(6, now);
        assert!(slower.next(now) > now && slower.next(now) <= now + Duration::from_secs(10));
        let faster = slower.at_rate(6000, now);
        assert!(faster.next(now) <= now + Duration::from_millis(20));
    }
}
