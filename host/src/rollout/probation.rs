//! How long a new version is watched, and how much may go wrong with it.

use std::time::Duration;

use crate::session::swap;

/// When a connector's version that replaced another is put back.
///
/// Counted against it are calls that it ended badly by itself: it trapped, broke the contract with what it answered or
/// wanted, wanted more memory than it has, or computed until the deadline. What a provider refuses, answers wrongly or
/// does not answer in time is not: the version before would fare no better.
///
/// All accounts that took the version over together are counted together, and put back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probation {
    pub(super) period: Duration,
    pub(super) limits: swap::Limits,
}

impl Default for Probation {
    /// Ten minutes; at least 3 faults, and 5 of a hundred calls.
    fn default() -> Probation {
        Probation { period: Duration::from_mins(10), limits: swap::Limits { faults: 3, percent: 5 } }
    }
}

impl Probation {
    /// How long a new version is watched. After that it serves for good, and what it replaced is freed. By default ten
    /// minutes.
    #[must_use]
    pub fn period(mut self, period: Duration) -> Probation {
        self.period = period;
        self
    }

    /// How many calls must have gone wrong, at least, for a version to be put back. By default 3; at least 1.
    #[must_use]
    pub fn faults(mut self, faults: u32) -> Probation {
        self.limits.faults = faults.max(1);
        self
    }

    /// How many of a hundred calls may not go wrong: at that share the version is put back. It is taken of about the 256
    /// latest calls. By default 5; from 1 to 100.
    #[must_use]
    pub fn percent(mut self, percent: u32) -> Probation {
        self.limits.percent = percent.clamp(1, 100);
        self
    }
}
