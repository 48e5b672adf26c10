//! Probation: how many of a new version's latest calls were faulty, and what follows from it.

use crate::session::sync::{AtomicU64, Ordering};

/// When a version that is new is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Fewer faults than this are no reason.
    pub(crate) faults: u32,
    /// The share of faulty calls that is too much, in percent.
    pub(crate) percent: u32,
}

/// The calls that the share is taken of: about so many of the latest. At each full count, what is older counts half.
const WINDOW: u32 = 256;

/// What was decided of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing yet.
    Open,
    /// It serves for good.
    Passed,
    /// It is put back.
    Failed,
}

/// One probation of one version. Whatever is decided first stands.
pub(crate) struct Trial {
    limits: Limits,
    /// The verdict in the two highest bits, then 31 bits of calls and 31 bits of faults, so that they change together.
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

    /// With one call more.
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

    /// Counts a call. Whether it was this one that decided against the version.
    pub(crate) fn record(&self, faulty: bool) -> bool {
        let next = |packed| {
            let state = State::unpacked(packed);
            (state.verdict == Verdict::Open).then(|| state.with(faulty, self.limits).packed())
        };
        // The closure's last answer is the one that was stored.
        self.state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
            .is_ok_and(|before| State::unpacked(before).with(faulty, self.limits).verdict == Verdict::Failed)
    }

    /// Ends the probation in the version's favour, unless it is over. Whether it did.
    pub(crate) fn pass(&self) -> bool {
        let next = |packed| {
            let state = State::unpacked(packed);
            (state.verdict == Verdict::Open).then(|| State { verdict: Verdict::Passed, ..state }.packed())
        };
        self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
    }
}
