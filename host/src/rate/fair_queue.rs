//! Who is next: first come first served within an account, and round robin between the accounts of an application. Who
//! would come too late is told at once, and when to come back.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::Notify;

use super::bucket::Bucket;

/// One that waits for a turn.
pub(super) struct Waiter {
    pub(super) deadline: Instant,
    /// It has its turn, or when its turn would have come.
    pub(super) verdict: OnceLock<Result<(), Instant>>,
    /// It has a verdict, or is the next.
    pub(super) woken: Notify,
}

impl Waiter {
    pub(super) fn new(deadline: Instant) -> Arc<Waiter> {
        Arc::new(Waiter { deadline, verdict: OnceLock::new(), woken: Notify::new() })
    }

    fn told(&self, verdict: Result<(), Instant>) {
        // One that was told before has left the line.
        let _ = self.verdict.set(verdict);
        self.woken.notify_one();
    }
}

/// Turns, and those who wait for them. Without a bucket, all have their turn as soon as there are any.
#[derive(Default)]
pub(super) struct FairQueue {
    pub(super) bucket: Option<Bucket>,
    /// Whose account is served next stands first.
    lines: VecDeque<Line>,
    waiting: usize,
}

/// Those of one account that wait: never nobody.
struct Line {
    account: Arc<str>,
    waiters: VecDeque<Arc<Waiter>>,
}

impl FairQueue {
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Takes a turn at once, if there is one and nobody waits for it.
    pub(super) fn take(&mut self, floor: Instant, now: Instant) -> bool {
        let free = self.waiting == 0 && self.next(floor) <= now;
        if free {
            self.taken(now);
        }
        free
    }

    pub(super) fn give_back(&mut self) {
        if let Some(bucket) = &mut self.bucket {
            bucket.give_back();
        }
    }

    /// When there is a turn for whoever is next, at `floor` at the earliest.
    pub(super) fn next(&self, floor: Instant) -> Instant {
        self.bucket.as_ref().map_or(floor, |bucket| bucket.next(floor))
    }

    /// When one more of this account would have its turn.
    pub(super) fn turn_of_one_more(&self, account: &str, floor: Instant) -> Instant {
        let own = self.lines.iter().position(|line| *line.account == *account);
        let (place, round) = match own.and_then(|place| Some((place, self.lines.get(place)?))) {
            Some((place, line)) => (place, line.waiters.len()),
            None => (self.lines.len(), 0),
        };
        let ahead_in = |(at, line): (usize, &Line)| line.waiters.len().min(round + usize::from(at < place));
        let ahead: usize = self.lines.iter().enumerate().map(ahead_in).sum();
        let Some(mut bucket) = self.bucket.clone() else { return floor };
        for _ in 0..ahead {
            bucket.take(bucket.next(floor));
        }
        bucket.next(floor)
    }

    /// Lets one more of an account wait, behind its others.
    pub(super) fn join(&mut self, account: &Arc<str>, waiter: Arc<Waiter>) {
        self.waiting += 1;
        match self.lines.iter_mut().find(|line| line.account == *account) {
            Some(line) => line.waiters.push_back(waiter),
            None => self.lines.push_back(Line { account: account.clone(), waiters: [waiter].into() }),
        }
    }

    /// Sends the last of the longest line away for one more of this account, unless that would only turn the tables: an
    /// account that offers more than the rate would else keep the others out by the length of its line. Whether it did.
    pub(super) fn make_room(&mut self, account: &str, floor: Instant) -> bool {
        let own = self.lines.iter().find(|line| *line.account == *account).map_or(0, |line| line.waiters.len());
        let Some(longest) = self.lines.iter().max_by_key(|line| line.waiters.len()) else { return false };
        if longest.waiters.len() <= own + 1 {
            return false;
        }
        let Some(last) = longest.waiters.back().cloned() else { return false };
        let theirs = longest.account.clone();
        self.leave(&last);
        last.told(Err(self.turn_of_one_more(&theirs, floor)));
        true
    }

    /// Lets one go who waits no longer.
    pub(super) fn leave(&mut self, waiter: &Arc<Waiter>) {
        for line in &mut self.lines {
            let before = line.waiters.len();
            line.waiters.retain(|other| !Arc::ptr_eq(other, waiter));
            self.waiting -= before - line.waiters.len();
        }
        self.lines.retain(|line| !line.waiters.is_empty());
        self.wake_head();
    }

    /// Whether this one is served next: then it sees to that.
    pub(super) fn is_head(&self, waiter: &Arc<Waiter>) -> bool {
        self.head().is_some_and(|head| Arc::ptr_eq(head, waiter))
    }

    /// Gives everybody a turn for whom there is one by now.
    pub(super) fn serve(&mut self, floor: Instant, now: Instant) {
        let mut served = false;
        while self.waiting > 0 && self.next(floor) <= now {
            let Some(mut line) = self.lines.pop_front() else { break };
            if let Some(waiter) = line.waiters.pop_front() {
                self.taken(now);
                self.waiting -= 1;
                served = true;
                waiter.told(Ok(()));
            }
            if !line.waiters.is_empty() {
                self.lines.push_back(line);
            }
        }
        if served {
            self.wake_head();
        }
    }

    /// Sends everybody away who would have a turn after the deadline. One after the other: who goes makes room.
    pub(super) fn turn_away(&mut self, floor: Instant) {
        while let Some((waiter, turn)) = self.too_late(floor) {
            waiter.told(Err(turn));
            self.leave(&waiter);
        }
    }

    /// The first who would come too late, and when the turn would be.
    fn too_late(&self, floor: Instant) -> Option<(Arc<Waiter>, Instant)> {
        let mut bucket = self.bucket.clone();
        for round in 0.. {
            let mut any = false;
            for waiter in self.lines.iter().filter_map(|line| line.waiters.get(round)) {
                any = true;
                let turn = bucket.as_ref().map_or(floor, |bucket| bucket.next(floor));
                if turn > waiter.deadline {
                    return Some((waiter.clone(), turn));
                }
                if let Some(bucket) = &mut bucket {
                    bucket.take(turn);
                }
            }
            if !any {
                break;
            }
        }
        None
    }

    pub(super) fn wake_head(&self) {
        if let Some(head) = self.head() {
            head.woken.notify_one();
        }
    }

    fn head(&self) -> Option<&Arc<Waiter>> {
        self.lines.front()?.waiters.front()
    }

    fn taken(&mut self, now: Instant) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A steady lane whose only turn was taken, and those who wait, by account and patience in turns.
    struct Scene {
        lane: FairQueue,
        now: Instant,
        waiting: Vec<(&'static str, Arc<Waiter>)>,
    }

    impl Scene {
        fn new(waiting: &[(&'static str, u32)]) -> Scene {
            let now = Instant::now();
            let mut bucket = Bucket::new(19, now);
            bucket.take(now);
            let mut scene =
                Scene { lane: FairQueue { bucket: Some(bucket), ..FairQueue::default() }, now, waiting: Vec::new() };
            for (account, patience) in waiting {
                scene.join(account, *patience);
            }
            scene
        }

        fn join(&mut self, account: &'static str, patience: u32) {
            let waiter = Waiter::new(self.now + self.turn() * patience + SECOND / 10);
            self.lane.join(&account.into(), waiter.clone());
            self.lane.turn_away(self.now);
            self.waiting.push((account, waiter));
        }

        fn turn(&self) -> Duration {
            self.lane.next(self.now).duration_since(self.now)
        }

        /// In which order they are served, by their places.
        fn order(&mut self) -> Vec<usize> {
            let mut order = Vec::new();
            while self.lane.waiting() > 0 {
                let next = self.lane.next(self.now);
                self.lane.serve(next, next);
                let served = |(place, (_, waiter)): (usize, &(_, Arc<Waiter>))| {
                    (waiter.verdict.get() == Some(&Ok(()))).then_some(place)
                };
                let served: Vec<_> = self.waiting.iter().enumerate().filter_map(served).collect();
                order.extend(served.into_iter().filter(|place| !order.contains(place)).collect::<Vec<_>>());
            }
            order
        }

        fn sent_away(&self) -> Vec<usize> {
            let away = |(_, (_, waiter)): &(usize, &(_, Arc<Waiter>))| matches!(waiter.verdict.get(), Some(Err(_)));
            self.waiting.iter().enumerate().filter(away).map(|(place, _)| place).collect()
        }
    }

    #[test]
    fn accounts_take_turns_and_each_serves_its_own_in_their_order() {
        let mut scene = Scene::new(&[("a", 99), ("a", 99), ("a", 99), ("b", 99), ("c", 99), ("b", 99)]);
        assert_eq!(scene.order(), [0, 3, 4, 1, 5, 2]);
    }

    #[test]
    fn who_would_come_too_late_is_sent_away_at_once_and_takes_nobodys_turn() {
        let scene = Scene::new(&[("a", 9), ("a", 1), ("a", 2)]);
        assert_eq!(scene.sent_away(), [1]);
        let told = *scene.waiting[1].1.verdict.get().unwrap();
        assert!(told.unwrap_err() > scene.waiting[1].1.deadline);
    }

    #[test]
    fn an_account_that_comes_later_has_its_turn_before_the_tail_of_a_long_line() {
        let mut scene = Scene::new(&[("a", 3), ("a", 3), ("a", 3)]);
        assert!(scene.sent_away().is_empty());
        scene.join("b", 3);
        // It is the second now, and for the last one of the others there is no room any more.
        assert_eq!(scene.sent_away(), [2]);
        assert_eq!(scene.order(), [0, 3, 1]);
    }

    #[test]
    fn the_turn_of_one_more_is_the_one_that_it_would_have() {
        let mut scene = Scene::new(&[("a", 99), ("a", 99), ("b", 99)]);
        let ahead = |scene: &Scene, account: &str| {
            let turn = scene.lane.turn_of_one_more(account, scene.now).duration_since(scene.now);
            (turn.as_nanos() / scene.turn().as_nanos()) - 1
        };
        assert_eq!([ahead(&scene, "a"), ahead(&scene, "b"), ahead(&scene, "c")], [3, 3, 2]);
        scene.join("b", 99);
        assert_eq!([ahead(&scene, "a"), ahead(&scene, "b"), ahead(&scene, "c")], [4, 4, 2]);
    }

    #[test]
    fn who_leaves_makes_room_and_wakes_whoever_is_next() {
        let mut scene = Scene::new(&[("a", 99), ("b", 99)]);
        let first = scene.waiting[0].1.clone();
        scene.lane.leave(&first);
        assert!(scene.lane.is_head(&scene.waiting[1].1));
        assert_eq!((scene.lane.waiting(), scene.order()), (1, vec![1]));
    }

    #[test]
    fn without_a_rate_all_have_their_turn_as_soon_as_there_are_any() {
        let now = Instant::now();
        let mut lane = FairQueue::default();
        assert!(!lane.take(now + SECOND, now));
        let waiters: Vec<_> = (0..3).map(|_| Waiter::new(now + 2 * SECOND)).collect();
        waiters.iter().for_each(|waiter| lane.join(&"a".into(), waiter.clone()));
        lane.turn_away(now + SECOND);
        lane.serve(now + SECOND, now);
        assert_eq!(lane.waiting(), 3);
        lane.serve(now + SECOND, now + SECOND);
        assert!(waiters.iter().all(|waiter| waiter.verdict.get() == Some(&Ok(()))));
    }
}
