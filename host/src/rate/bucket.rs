//! Token bucket: a number of requests a minute, with a small burst, and never more in any minute, wherever that minute begins.

use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_mins(1);
/// One in this many of a minute's requests may be sent at once.
const BURST_DIVISOR: u32 = 20;

/// A bucket of permits that fills steadily. It holds the burst, and starts full.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    interval: Duration,
    burst: u32,
    /// When it will be full again: each permit taken moves this by one interval.
    full: Instant,
}

impl Bucket {
    /// A bucket for this rate, at least one permit a minute. Its refill rate is lower by the burst, so that burst and refill
    /// together stay within the rate, whenever the provider's minutes begin.
    pub(super) fn new(per_minute: u32, now: Instant) -> Bucket {
        let burst = (per_minute / BURST_DIVISOR).max(1);
        let refill = (per_minute + 1).saturating_sub(burst).max(1);
        // Rounded up: a nanosecond less would allow one permit too many in some minute.
        Bucket { interval: MINUTE / refill + Duration::from_nanos(1), burst, full: now }
    }

    /// The same bucket at another rate: permits taken stay taken, up to the new bucket's capacity.
    pub(super) fn at_rate(&self, per_minute: u32, now: Instant) -> Bucket {
        let mut other = Bucket::new(per_minute, now);
        other.full = self.full.min(now + other.interval.saturating_mul(other.burst));
        other
    }

    /// Time until the bucket is full.
    pub(super) fn owed(&self, now: Instant) -> Duration {
        self.full.saturating_duration_since(now)
    }

    /// Takes out what other processes took, up to the bucket's capacity.
    pub(super) fn owe(&mut self, owed: Duration, now: Instant) {
        self.full = self.full.max(now + owed.min(self.interval.saturating_mul(self.burst)));
    }

    /// Time of the next permit, at `floor` at the earliest.
    pub(super) fn next(&self, floor: Instant) -> Instant {
        let held = self.interval.saturating_mul(self.burst.saturating_sub(1));
        self.full.checked_sub(held).map_or(floor, |next| next.max(floor))
    }

    /// Takes a permit at this time.
    pub(super) fn take(&mut self, at: Instant) {
        self.full = self.full.max(at) + self.interval;
    }

    /// Puts an unused permit back.
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
            let started = Instant::now();
            let mut bucket = Bucket::new(rate, started);
            let (mut taken, mut now) = (Vec::new(), started);
            // Idle for a while in between, so that there is a second burst.
            for permit in 0..rate * 3 + 5 {
                now = bucket.next(now + if permit == rate { MINUTE } else { Duration::ZERO });
                bucket.take(now);
                taken.push(now);
            }
            for (first, next) in taken.iter().zip(&taken[rate as usize..]) {
                assert!(next.duration_since(*first) >= MINUTE, "{rate}");
            }
            // Nor many fewer, once the first burst is over.
            let average = now.duration_since(started).saturating_sub(MINUTE);
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
