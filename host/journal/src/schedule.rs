//! When the host looks at which write: by a clock that nobody can set, from when this host first saw what was planned.
//!
//! What is written down of a plan is a time of day. It says how long the host before this one meant to wait, and that is
//! all that it is taken for: a clock that was set forward or back since then neither hurries a write nor holds it up.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::boot_clock::BootInstant;
use stockbridge_model::{Timestamp, WriteId};
use tokio::sync::Notify;

/// The longest wait of a plan, and of what a provider asks for, unless the host's own waits are longer.
pub(super) const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The looks at writes that are to come.
pub(super) struct Schedule {
    looks: Mutex<Looks>,
    /// One is to come that was not before.
    pub(super) wake: Notify,
    /// When this host first saw what it found in the journal.
    opened: BootInstant,
    /// The longest wait between two attempts that this host makes by itself.
    own_longest: Duration,
}

#[derive(Default)]
struct Looks {
    queue: BTreeSet<(BootInstant, WriteId)>,
    writes: HashMap<WriteId, Known>,
}

/// What is known of a write.
#[derive(Clone, Copy, Default)]
struct Known {
    /// When it is looked at.
    look: Option<BootInstant>,
    plan: Option<Plan>,
}

/// Something that is to be done for a write.
#[derive(Clone, Copy)]
struct Plan {
    /// For when it is written down: this tells it from another plan.
    at: Timestamp,
    due: BootInstant,
}

impl Schedule {
    /// Of a host that by itself waits so long at most between two attempts.
    pub(super) fn new(own_longest: Duration) -> Schedule {
        Schedule { looks: Mutex::default(), wake: Notify::new(), opened: BootInstant::now(), own_longest }
    }

    /// What a host finds that starts: each planned for then.
    pub(super) fn found(&self, plans: impl Iterator<Item = (WriteId, Timestamp)>, now: Timestamp) {
        let mut looks = self.looks();
        for (id, at) in plans {
            // What is further away than this host plans was planned by another one, or the clock was set back. The write
            // itself tells, and is looked at for that.
            let left = Some(between(now, at)).filter(|left| *left <= self.own_longest).unwrap_or_default();
            looks.look(id, self.opened.later(left).unwrap_or(self.opened));
        }
    }

    /// A write is to be acted on after this time, which is written down as then. It is the only plan for it.
    pub(super) fn plan(&self, id: WriteId, at: Timestamp, after: Duration) {
        let due = self.from(BootInstant::now(), after);
        let mut looks = self.looks();
        looks.forget(id);
        looks.look(id, due);
        looks.writes.entry(id).or_default().plan = Some(Plan { at, due });
        drop(looks);
        self.wake.notify_one();
    }

    /// Has the host look at a write after this time, whatever is planned.
    pub(super) fn look_again(&self, id: WriteId, after: Duration) {
        let then = self.from(BootInstant::now(), after);
        self.looks().look(id, then);
        self.wake.notify_one();
    }

    /// Nothing is to be done for a write any more.
    pub(super) fn forget(&self, id: WriteId) {
        self.looks().forget(id);
    }

    /// The write that is to be looked at first, if its time has come.
    pub(super) fn take(&self) -> Option<WriteId> {
        let mut looks = self.looks();
        let (_, id) =
            looks.queue.first().is_some_and(|(then, _)| then.left().is_zero()).then(|| looks.queue.pop_first())??;
        match looks.writes.get_mut(&id) {
            Some(Known { look, plan: Some(_) }) => *look = None,
            _ => drop(looks.writes.remove(&id)),
        }
        Some(id)
    }

    /// How long there is nothing to look at, if there is anything to come.
    pub(super) fn sleep(&self) -> Option<Duration> {
        self.looks().queue.first().map(|(then, _)| then.left())
    }

    /// How long it is until what is written down for `at` is due; nothing where it is. `planned`, `now`: when that was
    /// planned, and what time it is, both by the clock on the wall.
    pub(super) fn left(&self, id: WriteId, at: Timestamp, planned: Timestamp, now: Timestamp) -> Duration {
        let mut looks = self.looks();
        if let Some(plan) = looks.writes.get(&id).and_then(|known| known.plan).filter(|plan| plan.at == at) {
            return plan.due.left();
        }
        // Not of this host: by the clock on the wall, and not longer than it was to take.
        let by_wall = self.from(BootInstant::now(), between(now, at));
        let due = by_wall.min(self.from(self.opened, between(planned, at)));
        looks.writes.entry(id).or_default().plan = Some(Plan { at, due });
        due.left()
    }

    /// So long after a moment, within the longest wait of all.
    fn from(&self, moment: BootInstant, after: Duration) -> BootInstant {
        moment.later(after.min(LONGEST.max(self.own_longest))).unwrap_or(moment)
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock()
    }
}

impl Looks {
    /// A look then, unless there is one before.
    fn look(&mut self, id: WriteId, then: BootInstant) {
        let known = self.writes.entry(id).or_default();
        if known.look.is_some_and(|look| look <= then) {
            return;
        }
        if let Some(later) = known.look.replace(then) {
            self.queue.remove(&(later, id));
        }
        self.queue.insert((then, id));
    }

    fn forget(&mut self, id: WriteId) {
        if let Some(look) = self.writes.remove(&id).and_then(|known| known.look) {
            self.queue.remove(&(look, id));
        }
    }
}

/// From one time to a later one; nothing where it is not later.
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
        // Somebody set the clock forward while it was planned.
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
