//! Fair queue for permits: first come first served within an account, round robin between an application's accounts. A request
//! that could not be served in time is rejected at once, with the time of its permit.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::Notify;

use super::bucket::Bucket;

/// A request that waits for a permit.
pub(super) struct Waiter {
    pub(super) deadline: Instant,
    /// Granted, or rejected with the time at which the permit would have come.
    pub(super) verdict: OnceLock<Result<(), Instant>>,
    /// Notified when it has a verdict, or becomes the head of the queue.
    pub(super) woken: Notify,
}

impl Waiter {
    pub(super) fn new(deadline: Instant) -> Arc<Waiter> {
        Arc::new(Waiter { deadline, verdict: OnceLock::new(), woken: Notify::new() })
    }

    fn resolve(&self, verdict: Result<(), Instant>) {
        // A waiter with a verdict has already left its line.
        let _ = self.verdict.set(verdict);
        self.woken.notify_one();
    }
}

/// Permits, and the requests that wait for them. Without a bucket, all are served as soon as permits may be given.
#[derive(Default)]
pub(super) struct FairQueue {
    pub(super) bucket: Option<Bucket>,
    /// The line that is served next is first.
    lines: VecDeque<Line>,
    waiting: usize,
}

/// The waiting requests of one account; never empty.
struct Line {
    account: Arc<str>,
    waiters: VecDeque<Arc<Waiter>>,
}

impl FairQueue {
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Takes a permit at once, if there is one and the queue is empty.
    pub(super) fn take(&mut self, floor: Instant, now: Instant) -> bool {
        let free = self.waiting == 0 && self.next(floor) <= now;
        if free {
            self.take_from_bucket(now);
        }
        free
    }

    pub(super) fn give_back(&mut self) {
        if let Some(bucket) = &mut self.bucket {
            bucket.give_back();
        }
    }

    /// Time of the next permit, at `floor` at the earliest.
    pub(super) fn next(&self, floor: Instant) -> Instant {
        self.bucket.as_ref().map_or(floor, |bucket| bucket.next(floor))
    }

    /// Time at which one more request of this account would get a permit.
    pub(super) fn time_of_one_more(&self, account: &str, floor: Instant) -> Instant {
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

    /// Queues a request behind the others of its account.
    pub(super) fn join(&mut self, account: &Arc<str>, waiter: Arc<Waiter>) {
        self.waiting += 1;
        match self.lines.iter_mut().find(|line| line.account == *account) {
            Some(line) => line.waiters.push_back(waiter),
            None => self.lines.push_back(Line { account: account.clone(), waiters: [waiter].into() }),
        }
    }

    /// Rejects the last request of the longest line to make room for one of this account, unless this account's line would then
    /// be the longest. Otherwise an account that sends above the rate could fill the queue and keep the others out. Returns
    /// whether it made room.
    pub(super) fn make_room(&mut self, account: &str, floor: Instant) -> bool {
        let own = self.lines.iter().find(|line| *line.account == *account).map_or(0, |line| line.waiters.len());
        let Some(longest) = self.lines.iter().max_by_key(|line| line.waiters.len()) else { return false };
        if longest.waiters.len() <= own + 1 {
            return false;
        }
        let Some(last) = longest.waiters.back().cloned() else { return false };
        let theirs = longest.account.clone();
        self.remove(&last);
        last.resolve(Err(self.time_of_one_more(&theirs, floor)));
        true
    }

    /// Removes a waiter.
    pub(super) fn remove(&mut self, waiter: &Arc<Waiter>) {
        for line in &mut self.lines {
            let before = line.waiters.len();
            line.waiters.retain(|other| !Arc::ptr_eq(other, waiter));
            self.waiting -= before - line.waiters.len();
        }
        self.lines.retain(|line| !line.waiters.is_empty());
        self.wake_head();
    }

    /// Whether this waiter is served next: then it watches the clock.
    pub(super) fn is_head(&self, waiter: &Arc<Waiter>) -> bool {
        self.head().is_some_and(|head| Arc::ptr_eq(head, waiter))
    }

    /// Grants all permits that are available by now.
    pub(super) fn serve(&mut self, floor: Instant, now: Instant) {
        let mut served = false;
        while self.waiting > 0 && self.next(floor) <= now {
            let Some(mut line) = self.lines.pop_front() else { break };
            if let Some(waiter) = line.waiters.pop_front() {
                self.take_from_bucket(now);
                self.waiting -= 1;
                served = true;
                waiter.resolve(Ok(()));
            }
            if !line.waiters.is_empty() {
                self.lines.push_back(line);
            }
        }
        if served {
            self.wake_head();
        }
    }

    /// Rejects every waiter whose permit would come after its deadline, one by one: each rejection moves the others forward.
    pub(super) fn reject_late(&mut self, floor: Instant) {
        while let Some((waiter, at)) = self.first_late(floor) {
            waiter.resolve(Err(at));
            self.remove(&waiter);
        }
    }

    /// The first waiter that would be served too late, and the time of its permit.
    fn first_late(&self, floor: Instant) -> Option<(Arc<Waiter>, Instant)> {
        let mut bucket = self.bucket.clone();
        for round in 0.. {
            let mut any = false;
            for waiter in self.lines.iter().filter_map(|line| line.waiters.get(round)) {
                any = true;
                let at = bucket.as_ref().map_or(floor, |bucket| bucket.next(floor));
                if at > waiter.deadline {
                    return Some((waiter.clone(), at));
                }
                if let Some(bucket) = &mut bucket {
                    bucket.take(at);
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

    fn take_from_bucket(&mut self, now: Instant) {
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

    /// A steady queue whose only permit was taken, and its waiters, by account and patience in intervals.
    struct Scene {
        queue: FairQueue,
        now: Instant,
        waiting: Vec<(&'static str, Arc<Waiter>)>,
    }

    impl Scene {
        fn new(waiting: &[(&'static str, u32)]) -> Scene {
            let now = Instant::now();
            let mut bucket = Bucket::new(19, now);
            bucket.take(now);
            let mut scene =
                Scene { queue: FairQueue { bucket: Some(bucket), ..FairQueue::default() }, now, waiting: Vec::new() };
            for (account, patience) in waiting {
                scene.join(account, *patience);
            }
            scene
        }

        fn join(&mut self, account: &'static str, patience: u32) {
            let waiter = Waiter::new(self.now + self.interval() * patience + SECOND / 10);
            self.queue.join(&account.into(), waiter.clone());
            self.queue.reject_late(self.now);
            self.waiting.push((account, waiter));
        }

        fn interval(&self) -> Duration {
            self.queue.next(self.now).duration_since(self.now)
        }

        /// The order in which they are served, by index.
        fn order(&mut self) -> Vec<usize> {
            let mut order = Vec::new();
            while self.queue.waiting() > 0 {
                let next = self.queue.next(self.now);
                self.queue.serve(next, next);
                let served = |(place, (_, waiter)): (usize, &(_, Arc<Waiter>))| {
                    (waiter.verdict.get() == Some(&Ok(()))).then_some(place)
                };
                let served: Vec<_> = self.waiting.iter().enumerate().filter_map(served).collect();
                order.extend(served.into_iter().filter(|place| !order.contains(place)).collect::<Vec<_>>());
            }
            order
        }

        fn rejected(&self) -> Vec<usize> {
            let is_rejected =
                |(_, (_, waiter)): &(usize, &(_, Arc<Waiter>))| matches!(waiter.verdict.get(), Some(Err(_)));
            self.waiting.iter().enumerate().filter(is_rejected).map(|(index, _)| index).collect()
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
        assert_eq!(scene.rejected(), [1]);
        let verdict = *scene.waiting[1].1.verdict.get().unwrap();
        assert!(verdict.unwrap_err() > scene.waiting[1].1.deadline);
    }

    #[test]
    fn an_account_that_comes_later_has_its_turn_before_the_tail_of_a_long_line() {
        let mut scene = Scene::new(&[("a", 3), ("a", 3), ("a", 3)]);
        assert!(scene.rejected().is_empty());
        scene.join("b", 3);
        // It is second now, so the last of the others would be too late.
        assert_eq!(scene.rejected(), [2]);
        assert_eq!(scene.order(), [0, 3, 1]);
    }

    #[test]
    fn the_turn_of_one_more_is_the_one_that_it_would_have() {
        let mut scene = Scene::new(&[("a", 99), ("a", 99), ("b", 99)]);
        let ahead = |scene: &Scene, account: &str| {
            let wait = scene.queue.time_of_one_more(account, scene.now).duration_since(scene.now);
            (wait.as_nanos() / scene.interval().as_nanos()) - 1
        };
        assert_eq!([ahead(&scene, "a"), ahead(&scene, "b"), ahead(&scene, "c")], [3, 3, 2]);
        scene.join("b", 99);
        assert_eq!([ahead(&scene, "a"), ahead(&scene, "b"), ahead(&scene, "c")], [4, 4, 2]);
    }

    #[test]
    fn who_leaves_makes_room_and_wakes_whoever_is_next() {
        let mut scene = Scene::new(&[("a", 99), ("b", 99)]);
        let first = scene.waiting[0].1.clone();
        scene.queue.remove(&first);
        assert!(scene.queue.is_head(&scene.waiting[1].1));
        assert_eq!((scene.queue.waiting(), scene.order()), (1, vec![1]));
    }

    #[test]
    fn without_a_rate_all_have_their_turn_as_soon_as_there_are_any() {
        let now = Instant::now();
        let mut queue = FairQueue::default();
        assert!(!queue.take(now + SECOND, now));
        let waiters: Vec<_> = (0..3).map(|_| Waiter::new(now + 2 * SECOND)).collect();
        waiters.iter().for_each(|waiter| queue.join(&"a".into(), waiter.clone()));
        queue.reject_late(now + SECOND);
        queue.serve(now + SECOND, now);
        assert_eq!(queue.waiting(), 3);
        queue.serve(now + SECOND, now + SECOND);
        assert!(waiters.iter().all(|waiter| waiter.verdict.get() == Some(&Ok(()))));
    }
}
