//! Schedule of the writes that the host looks at, by a clock that cannot be set, from when this host first saw each plan.
//!
//! The recorded time of a plan is a time of day. It only says how long the previous host meant to wait: setting the clock
//! forward or back since then neither hurries nor delays a write.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::boot_clock::BootInstant;
use stockbridge_model::{Timestamp, WriteId};
use tokio::sync::Notify;

/// Maximum delay of a plan, and of what a provider asks for, unless the host's own delays are longer.
pub(super) const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Upcoming looks at writes.
pub(super) struct Schedule {
    looks: Mutex<Looks>,
    /// Notified when a look is added.
    pub(super) wake: Notify,
    /// When this host first saw the journal's contents.
    opened: BootInstant,
    /// Maximum delay between two attempts that this host makes by itself.
    own_longest: Duration,
}

#[derive(Default)]
struct Looks {
    queue: BTreeSet<(BootInstant, WriteId)>,
    writes: HashMap<WriteId, Scheduled>,
}

/// Schedule of one write.
#[derive(Clone, Copy, Default)]
struct Scheduled {
    /// Time of the next look.
    look: Option<BootInstant>,
    plan: Option<Plan>,
}

/// A planned step for a write.
#[derive(Clone, Copy)]
struct Plan {
    /// The recorded time, which distinguishes it from another plan.
    at: Timestamp,
    due: BootInstant,
}

impl Schedule {
    /// A schedule of a host whose own delay between two attempts is at most this.
    pub(super) fn new(own_longest: Duration) -> Schedule {
        Schedule { looks: Mutex::default(), wake: Notify::new(), opened: BootInstant::now(), own_longest }
    }

    /// Adds the plans found at the host's start.
    pub(super) fn found(&self, plans: impl Iterator<Item = (WriteId, Timestamp)>, now: Timestamp) {
        let mut looks = self.looks();
        for (id, at) in plans {
            // A time further away than this host plans was planned by another host, or the clock was set back. The write
            // itself has the details, and is looked at at once for that.
            let left = Some(between(now, at)).filter(|left| *left <= self.own_longest).unwrap_or_default();
            looks.look(id, self.opened.later(left).unwrap_or(self.opened));
        }
    }

    /// Plans to act on a write after this delay, recorded as `at`. Replaces any other plan for it.
    pub(super) fn plan(&self, id: WriteId, at: Timestamp, after: Duration) {
        let due = self.from(BootInstant::now(), after);
        let mut looks = self.looks();
        looks.forget(id);
        looks.look(id, due);
        looks.writes.entry(id).or_default().plan = Some(Plan { at, due });
        drop(looks);
        self.wake.notify_one();
    }

    /// Has the host look at a write after this delay, whatever is planned.
    pub(super) fn look_again(&self, id: WriteId, after: Duration) {
        let then = self.from(BootInstant::now(), after);
        self.looks().look(id, then);
        self.wake.notify_one();
    }

    /// Removes a write for which nothing is to be done any more.
    pub(super) fn forget(&self, id: WriteId) {
        self.looks().forget(id);
    }

    /// Takes the first write to look at, if its time has come.
    pub(super) fn take(&self) -> Option<WriteId> {
        let mut looks = self.looks();
        let (_, id) =
            looks.queue.first().is_some_and(|(then, _)| then.left().is_zero()).then(|| looks.queue.pop_first())??;
        match looks.writes.get_mut(&id) {
            Some(Scheduled { look, plan: Some(_) }) => *look = None,
            _ => drop(looks.writes.remove(&id)),
        }
        Some(id)
    }

    /// Time until the next look, if there is one.
    pub(super) fn sleep(&self) -> Option<Duration> {
        self.looks().queue.first().map(|(then, _)| then.left())
    }

    /// Time until the step recorded for `at` is due; zero if it is. `planned`, `now`: the wall-clock times of the planning and
    /// of this call.
    pub(super) fn left(&self, id: WriteId, at: Timestamp, planned: Timestamp, now: Timestamp) -> Duration {
        let mut looks = self.looks();
        if let Some(plan) = looks.writes.get(&id).and_then(|scheduled| scheduled.plan).filter(|plan| plan.at == at) {
            return plan.due.left();
        }
        // Another host's plan: by the wall clock, and no longer than it was to take.
        let by_wall = self.from(BootInstant::now(), between(now, at));
        let due = by_wall.min(self.from(self.opened, between(planned, at)));
        looks.writes.entry(id).or_default().plan = Some(Plan { at, due });
        due.left()
    }

    /// The time this long after an instant, within the maximum delay.
    fn from(&self, moment: BootInstant, after: Duration) -> BootInstant {
        moment.later(after.min(LONGEST.max(self.own_longest))).unwrap_or(moment)
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock()
    }
}

impl Looks {
    /// Adds a look at this time, unless an earlier one is planned.
    fn look(&mut self, id: WriteId, then: BootInstant) {
        let scheduled = self.writes.entry(id).or_default();
        if scheduled.look.is_some_and(|look| look <= then) {
            return;
        }
        if let Some(later) = scheduled.look.replace(then) {
            self.queue.remove(&(later, id));
        }
        self.queue.insert((then, id));
    }

    fn forget(&mut self, id: WriteId) {
        if let Some(look) = self.writes.remove(&id).and_then(|scheduled| scheduled.look) {
            self.queue.remove(&(look, id));
        }
    }
}

/// Time from one to a later point; zero where it is not later.
pub(super) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
    const PLANNED: Timestamp = Timestamp::from_millis(1_000_000_000_000);
    const WRITE: WriteId = WriteId(1);

    fn is_about(left: Duration, expected: Duration) -> bool {
        left <= expected && left + Duration::from_secs(30) > expected
    }

    #[test]
    fn what_was_found_is_due_by_the_wall_and_after_no_longer_than_it_was_to_take() {
        let at = PLANNED.later(5 * MINUTE);
        let left = |now| Schedule::new(MINUTE).left(WRITE, at, PLANNED, now);
        assert!(is_about(left(PLANNED.later(MINUTE)), 4 * MINUTE));
        assert!(left(at).is_zero() && left(at.later(YEARS)).is_zero());
        // The clock was set back: as long as it was to take, from when it was found.
        assert!(is_about(left(PLANNED.earlier(YEARS)), 5 * MINUTE));
        // The clock was set forward while it was planned.
        assert!(is_about(Schedule::new(MINUTE).left(WRITE, at.later(YEARS), PLANNED, PLANNED), LONGEST));
    }

    #[test]
    fn what_was_found_for_a_time_that_is_far_away_is_looked_at_to_see_how_long_it_was_to_take() {
        let schedule = Schedule::new(5 * MINUTE);
        schedule.found([(WRITE, PLANNED.later(YEARS))].into_iter(), PLANNED);
        assert_eq!(schedule.take(), Some(WRITE));
        schedule.found([(WRITE, PLANNED.later(4 * MINUTE))].into_iter(), PLANNED);
        assert!(is_about(schedule.sleep().unwrap(), 4 * MINUTE));
        assert_eq!(schedule.take(), None);
    }

    #[test]
    fn what_this_host_planned_goes_by_no_clock_that_can_be_set() {
        let schedule = Schedule::new(5 * MINUTE);
        let at = PLANNED.later(MINUTE);
        schedule.plan(WRITE, at, MINUTE);
        for now in [PLANNED.earlier(YEARS), PLANNED, at, at.later(YEARS)] {
            assert!(is_about(schedule.left(WRITE, at, PLANNED, now), MINUTE));
        }
        schedule.plan(WRITE, at, Duration::ZERO);
        assert!(schedule.left(WRITE, at, PLANNED, PLANNED.earlier(YEARS)).is_zero());
        assert_eq!((schedule.take(), schedule.take()), (Some(WRITE), None));
    }

    #[test]
    fn a_write_is_looked_at_once_and_what_has_ended_not_at_all() {
        let schedule = Schedule::new(5 * MINUTE);
        schedule.plan(WRITE, PLANNED, MINUTE);
        schedule.look_again(WRITE, Duration::ZERO);
        schedule.look_again(WRITE, MINUTE);
        assert_eq!((schedule.take(), schedule.sleep()), (Some(WRITE), None));
        schedule.look_again(WRITE, Duration::ZERO);
        schedule.forget(WRITE);
        assert_eq!((schedule.take(), schedule.looks().writes.len()), (None, 0));
    }
}
