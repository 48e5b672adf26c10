//! Assignment of faults to requests: the pending faults and their counters.

use std::time::{Duration, Instant};

use super::Fault;
use super::kinds::{DropAt, Trouble};
use crate::provider::Gateway;

/// Maximum number of pending faults.
const MAX_PENDING: usize = 1000;

/// Which of the requests that a fault matches it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schedule {
    /// This many, once earlier faults with this schedule are used up.
    Next(u32),
    /// With 3, every third one.
    Every(u32),
    /// With 5 and 8, from the fifth one to the eighth.
    Between(u32, u32),
    /// All that arrive within this time.
    Lasting(Duration),
}

/// A request, possibly still without its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) gateway: Gateway,
    /// Whether its body has been read.
    pub(crate) whole: bool,
    /// The provider's method, if known by now.
    pub(crate) method: Option<&'a str>,
}

/// The pending faults, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<PendingFault>);

#[derive(Debug)]
struct PendingFault {
    fault: Fault,
    since: Instant,
    /// Number of matching requests so far, or for [`Schedule::Next`] of those that it applied to.
    counted: u32,
}

impl Faults {
    /// Adds them; false, with none added, if too many would be pending.
    pub(crate) fn add(&mut self, faults: impl IntoIterator<Item = Fault>) -> bool {
        let since = Instant::now();
        let mut added: Vec<_> = faults.into_iter().map(|fault| PendingFault { fault, since, counted: 0 }).collect();
        added.retain(|waiting| !waiting.is_over(since));
        let has_room = self.0.len().saturating_add(added.len()) <= MAX_PENDING;
        if has_room {
            self.0.append(&mut added);
        }
        has_room
    }

    /// Whether none is pending.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes all pending faults.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that applies to a request. All matching faults count the request; the oldest of those that are due
    /// applies.
    pub(crate) fn next(&mut self, arrival: Arrival<'_>) -> Option<Fault> {
        let now = Instant::now();
        let mut met: Option<Fault> = None;
        for waiting in self.0.iter_mut().filter(|waiting| waiting.fault.is_for(arrival)) {
            if waiting.counts(met.is_some(), now) && met.is_none() {
                met = Some(waiting.fault.clone());
            }
        }
        self.0.retain(|waiting| !waiting.is_over(now));
        met
    }
}

impl Fault {
    /// Whether it matches requests like this, at this point of their arrival.
    fn is_for(&self, arrival: Arrival<'_>) -> bool {
        let whole = !matches!(self.trouble, Trouble::Drop(DropAt::Request));
        self.gateway == arrival.gateway
            && whole == arrival.whole
            && self.method.as_deref().is_none_or(|method| arrival.method == Some(method))
    }
}

impl PendingFault {
    /// Counts a request, which another fault may have `taken`, and returns whether this fault is due.
    fn counts(&mut self, taken: bool, now: Instant) -> bool {
        if matches!(self.fault.schedule, Schedule::Next(_)) && taken {
            return false;
        }
        self.counted = self.counted.saturating_add(1);
        match self.fault.schedule {
            Schedule::Next(times) => self.counted <= times,
            Schedule::Every(every) => self.counted.checked_rem(every) == Some(0),
            Schedule::Between(from, to) => (from..=to).contains(&self.counted),
            Schedule::Lasting(time) => now.duration_since(self.since) < time,
        }
    }

    /// Whether it can no longer apply.
    fn is_over(&self, now: Instant) -> bool {
        match self.fault.schedule {
            Schedule::Next(times) => self.counted >= times,
            Schedule::Every(every) => every == 0,
            Schedule::Between(_, to) => self.counted >= to,
            Schedule::Lasting(time) => now.duration_since(self.since) >= time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of twelve requests meet a fault, and which one.
    fn met(faults: &[Fault]) -> Vec<(usize, &'static str)> {
        let mut waiting = Faults::default();
        assert!(waiting.add(faults.to_vec()));
        let arrival = Arrival { gateway: Gateway::Winit, whole: true, method: Some("m") };
        (1..=12).filter_map(|request| Some((request, waiting.next(arrival)?.kind().name()))).collect()
    }

    fn fault(status: u16) -> Fault {
        Fault::redirected(Gateway::Winit, status)
    }

    fn limit() -> Fault {
        Fault::limited(Gateway::Winit, crate::Limit::Status, 1)
    }

    #[test]
    fn faults_for_the_next_requests_happen_one_after_the_other() {
        assert_eq!(met(&[fault(302).times(2), limit()]), [(1, "redirect"), (2, "redirect"), (3, "limit")]);
    }

    #[test]
    fn every_third_and_from_the_fifth_to_the_eighth_are_counted_from_when_the_fault_was_given() {
        assert_eq!(met(&[fault(302).every(3)]), [3, 6, 9, 12].map(|request| (request, "redirect")));
        assert_eq!(met(&[fault(302).between(5, 8)]), [5, 6, 7, 8].map(|request| (request, "redirect")));
    }

    #[test]
    fn of_several_that_are_due_the_oldest_happens_and_the_others_count_on() {
        let both = [(2, "limit"), (3, "redirect"), (4, "limit"), (6, "limit")];
        assert_eq!(met(&[limit().every(2), fault(302).between(3, 4)])[..4], both);
    }

    #[test]
    fn a_fault_that_lasts_no_time_or_happens_never_does_not_wait() {
        let never = [fault(302).times(0), fault(302).every(0), fault(302).lasting(Duration::ZERO)];
        assert!(met(&never).is_empty());
        assert_eq!(met(&[fault(302).lasting(Duration::from_secs(60))]).len(), 12);
    }

    #[test]
    fn a_fault_for_one_method_counts_only_its_requests() {
        assert!(met(&[fault(302).for_method("other")]).is_empty());
        assert_eq!(met(&[fault(302).for_method("m")]), [(1, "redirect")]);
    }

    #[test]
    fn too_many_are_refused_as_a_whole() {
        let mut waiting = Faults::default();
        assert!(waiting.add(vec![limit(); MAX_PENDING]));
        assert!(!waiting.add([limit()]));
        waiting.clear();
        assert!(!waiting.add(vec![limit(); MAX_PENDING + 1]));
        assert!(waiting.add([limit()]));
    }
}
