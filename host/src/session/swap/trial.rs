//! Probation of a new version: counts faults among its latest calls, and decides whether it is rolled back.

use crate::session::sync::{AtomicU64, Ordering};

/// Limits at which a new version is rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Minimum number of faults.
    pub(crate) faults: u32,
    /// Minimum share of faulty calls, in percent.
    pub(crate) percent: u32,
}

/// Approximate number of latest calls that the share refers to. At each full count, both counters are halved.
const WINDOW: u32 = 256;

/// The decision on a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not decided yet.
    Open,
    /// The version serves for good.
    Passed,
    /// The version is rolled back.
    Failed,
}

/// One probation of one version. The first decision is final.
pub(crate) struct Trial {
    limits: Limits,
    /// The verdict in the two highest bits, then 31 bits of calls and 31 bits of faults, so that all three change atomically.
    state: AtomicU64,
}

#[derive(Clone, Copy)]
struct State {
    verdict: Verdict,
    calls: u32,
    faults: u32,
}

const BITS: u32 = 31;
const MASK: u64 = (1 << BITS) - 1;

impl State {
    fn unpacked(packed: u64) -> State {
        let number = |packed: u64| u32::try_from(packed & MASK).unwrap_or(u32::MAX);
        State {
            verdict: match packed >> (2 * BITS) {
                0 => Verdict::Open,
                1 => Verdict::Passed,
                _ => Verdict::Failed,
            },
            calls: number(packed >> BITS),
            faults: number(packed),
        }
    }

    fn packed(self) -> u64 {
        let verdict: u64 = match self.verdict {
            Verdict::Open => 0,
            Verdict::Passed => 1,
            Verdict::Failed => 2,
        };
        verdict << (2 * BITS) | u64::from(self.calls) << BITS | u64::from(self.faults)
    }

    /// The state after one more call.
    fn with(self, faulty: bool, limits: Limits) -> State {
        let (mut calls, mut faults) = (self.calls + 1, self.faults + u32::from(faulty));
        let too_many = faults >= limits.faults && faults.saturating_mul(100) >= calls.saturating_mul(limits.percent);
        if calls >= WINDOW {
            (calls, faults) = (calls / 2, faults / 2);
        }
        State { verdict: if faulty && too_many { Verdict::Failed } else { Verdict::Open }, calls, faults }
    }
}

impl Trial {
    pub(crate) fn new(limits: Limits) -> Trial {
        Trial { limits, state: AtomicU64::new(0) }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        State::unpacked(self.state.load(Ordering::Acquire)).verdict
    }

    /// Counts a call. Returns whether this call made the trial fail.
    pub(crate) fn record(&self, faulty: bool) -> bool {
        let next = |packed| {
            let state = State::unpacked(packed);
            (state.verdict == Verdict::Open).then(|| state.with(faulty, self.limits).packed())
        };
        // The closure's last result is the one that was stored.
        self.state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
            .is_ok_and(|before| State::unpacked(before).with(faulty, self.limits).verdict == Verdict::Failed)
    }

    /// Passes the trial, unless it is over. Returns whether it did.
    pub(crate) fn pass(&self) -> bool {
        let next = |packed| {
            let state = State::unpacked(packed);
            (state.verdict == Verdict::Open).then(|| State { verdict: Verdict::Passed, ..state }.packed())
        };
        self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
    }
}
