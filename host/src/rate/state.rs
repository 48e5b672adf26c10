//! State and decisions of a budget. It reads no clock: callers pass the time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge_model::Timestamp;

use super::bucket::Bucket;
use super::cooldown::Pause;
use super::fair_queue::{FairQueue, Waiter};
use super::shared::Owed;
use super::status::BudgetStatus;

/// Maximum waiting requests in one queue: a quarter of the calls that a host runs at a time, so that one application does not
/// keep all others from running. The application's accounts priority these places.
const MOST_WAITING: usize = 250;
/// Delay after which other waiters serve the queue in place of its head: the head's caller may hold its future without polling
/// it.
const HEAD_FALLBACK: Duration = Duration::from_millis(250);
/// One in this many permits is reserved for write look-ups.
const RESERVE_DIVISOR: u32 = 10;

/// Permits that a request may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Common permits only.
    Normal,
    /// Also permits reserved for write look-ups.
    Recovery,
}

/// A rate limit as the provider reported it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit<'a> {
    /// Pause that the provider asks for, if it gives one.
    pub(crate) wait: Option<Duration>,
    /// The limited method; none if the limit holds for all methods.
    pub(crate) method: Option<&'a str>,
}

/// Result of a request for a permit.
pub(super) enum Acquire {
    /// It got a permit from this queue.
    Granted(Priority),
    /// It waits in this queue.
    Queued(Priority, Arc<Waiter>),
    /// The first permit would come too late, at this time.
    TooLate(Instant),
}

/// An account of the application, on one version of its connector.
struct Member {
    account: Arc<str>,
    /// Its rate limit, in requests a minute.
    rate: Option<u32>,
}

#[derive(Default)]
pub(super) struct State {
    provider: String,
    members: BTreeMap<u64, Member>,
    next_member: u64,
    rate: Option<u32>,
    common: FairQueue,
    /// Without a bucket there is no reserve, and this queue stays empty.
    reserved: FairQueue,
    pause: Pause,
    methods: BTreeMap<String, Pause>,
}

impl State {
    pub(super) fn new(provider: &str) -> State {
        State { provider: provider.to_owned(), ..State::default() }
    }

    /// Adds an account. Returns its number, for its removal.
    pub(super) fn add(&mut self, account: Arc<str>, rate: Option<u32>, now: Instant) -> u64 {
        let number = self.next_member;
        self.next_member += 1;
        self.members.insert(number, Member { account, rate });
        self.set_rate([self.rate, rate].into_iter().flatten().min(), now);
        number
    }

    pub(super) fn remove(&mut self, number: u64, now: Instant) {
        let removed = self.members.remove(&number);
        if removed.is_some_and(|removed| removed.rate.is_some() && removed.rate == self.rate) {
            self.set_rate(self.members.values().filter_map(|member| member.rate).min(), now);
        }
    }

    fn set_rate(&mut self, rate: Option<u32>, now: Instant) {
        if rate == self.rate {
            return;
        }
        self.rate = rate;
        let reserved = rate.map_or(0, |rate| if rate < 2 { 0 } else { (rate / RESERVE_DIVISOR).max(1) });
        let common = rate.map(|rate| rate - reserved);
        let reserved = Some(reserved).filter(|reserved| *reserved > 0);
        for (queue, rate) in [(&mut self.common, common), (&mut self.reserved, reserved)] {
            queue.bucket = rate.map(|rate| match &queue.bucket {
                Some(bucket) => bucket.at_rate(rate, now),
                None => Bucket::new(rate, now),
            });
        }
        self.reject_late(now);
        self.common.wake_head();
        self.reserved.wake_head();
    }

    /// Whether there is a rate limit.
    pub(super) fn has_rate(&self) -> bool {
        self.rate.is_some()
    }

    /// Time until the buckets are full.
    pub(super) fn owed(&self, now: Instant) -> Owed {
        let of = |queue: &FairQueue| queue.bucket.as_ref().map_or(Duration::ZERO, |bucket| bucket.owed(now));
        Owed { common: of(&self.common), reserved: of(&self.reserved) }
    }

    /// Takes out of the buckets what other processes took.
    pub(super) fn owe(&mut self, owed: Owed, now: Instant) {
        for (queue, owed) in [(&mut self.common, owed.common), (&mut self.reserved, owed.reserved)] {
            if let Some(bucket) = &mut queue.bucket {
                bucket.owe(owed, now);
            }
        }
    }

    /// Whether requests need permits.
    pub(super) fn is_paced(&self, now: Instant) -> bool {
        self.rate.is_some() || self.pause.end(now).is_some() || self.common.waiting() + self.reserved.waiting() > 0
    }

    /// Whether there is a pause, current or remembered.
    pub(super) fn is_limited(&self, now: Instant) -> bool {
        !self.pause.is_nothing(now) || !self.methods.is_empty()
    }

    /// Grants a permit, queues the request, or rejects it as too late.
    pub(super) fn acquire(
        &mut self,
        priority: Priority,
        account: &Arc<str>,
        deadline: Instant,
        now: Instant,
    ) -> Acquire {
        let floor = self.floor(now);
        let priority = match priority {
            Priority::Recovery if self.reserve_is_sooner(account, floor) => Priority::Recovery,
            _ => Priority::Normal,
        };
        let queue = self.queue(priority);
        // Earlier requests go first, if their permits are available by now.
        queue.serve(floor, now);
        if queue.take(floor, now) {
            return Acquire::Granted(priority);
        }
        if queue.waiting() >= MOST_WAITING {
            let at = queue.time_of_one_more(account, floor);
            // A request that would be too late anyway must not displace another.
            if at > deadline || !queue.make_room(account, floor) {
                return Acquire::TooLate(at);
            }
        }
        let waiter = Waiter::new(deadline);
        queue.join(account, waiter.clone());
        queue.reject_late(floor);
        Acquire::Queued(priority, waiter)
    }

    /// Grants all permits that are available by now. Returns when this waiter has to check again.
    pub(super) fn serve(&mut self, priority: Priority, waiter: &Arc<Waiter>, now: Instant) -> Instant {
        let floor = self.floor(now);
        let queue = self.queue(priority);
        queue.serve(floor, now);
        let next = queue.next(floor);
        // Its permit was expected in time, but a request queued later may have been served before it.
        if waiter.deadline <= now && waiter.verdict.get().is_none() {
            let _ = waiter.verdict.set(Err(next));
            queue.remove(waiter);
        }
        let next_check = if queue.is_head(waiter) { next } else { next + HEAD_FALLBACK };
        next_check.min(waiter.deadline)
    }

    /// Removes a waiter, and gives its permit back if it got one.
    pub(super) fn remove_waiter(&mut self, priority: Priority, waiter: &Arc<Waiter>) {
        match waiter.verdict.get() {
            None => self.queue(priority).remove(waiter),
            Some(Ok(())) => self.give_back(priority),
            Some(Err(_)) => {}
        }
    }

    /// Takes an unused permit back.
    pub(super) fn give_back(&mut self, priority: Priority) {
        let queue = self.queue(priority);
        queue.give_back();
        queue.wake_head();
    }

    /// Starts a pause after a rate limit. Returns the length of the pause from now, if it has to be reported.
    pub(super) fn limited(&mut self, limit: Limit<'_>, now: Instant) -> Option<Duration> {
        let Some(method) = limit.method else {
            let news = self.pause.learn(limit.wait, now);
            self.reject_late(now);
            return news;
        };
        self.methods.retain(|_, pause| !pause.is_forgotten(now));
        self.methods.entry(method.to_owned()).or_default().learn(limit.wait, now)
    }

    /// Records a request that was answered normally. Pauses of single methods only expire: the request may have used another
    /// method.
    pub(super) fn succeeded(&mut self, now: Instant) {
        self.pause.succeeded(now);
        self.methods.retain(|_, pause| !pause.is_forgotten(now));
    }

    /// The method with the longest pause among these, and the pause's end.
    pub(super) fn paused<'m>(&self, methods: &'m [String], now: Instant) -> Option<(&'m str, Instant)> {
        let end = |method: &'m String| Some((method.as_str(), self.methods.get(method)?.end(now)?));
        methods.iter().filter_map(end).max_by_key(|(_, end)| *end)
    }

    /// Time left of a pause of all requests, or of these methods.
    pub(super) fn pause_left(&self, methods: &[String], now: Instant) -> Option<Duration> {
        let method = self.paused(methods, now).map(|(_, end)| end);
        self.pause.end(now).max(method).map(|end| end.saturating_duration_since(now))
    }

    pub(super) fn provider(&self) -> &str {
        &self.provider
    }

    pub(super) fn status(&self, now: Instant) -> BudgetStatus {
        let at = Timestamp::now();
        let timestamp = |end: Instant| at.later(end.saturating_duration_since(now));
        let mut accounts: Vec<_> = self.members.values().map(|member| member.account.to_string()).collect();
        accounts.sort();
        accounts.dedup();
        BudgetStatus {
            provider: self.provider.clone(),
            accounts,
            requests_per_minute: self.rate,
            paused_until: self.pause.end(now).map(timestamp),
            paused_methods: self
                .methods
                .iter()
                .filter_map(|(method, pause)| Some((method.clone(), timestamp(pause.end(now)?))))
                .collect(),
            waiting: self.common.waiting() + self.reserved.waiting(),
        }
    }

    fn reserve_is_sooner(&self, account: &str, floor: Instant) -> bool {
        self.reserved.bucket.is_some()
            && self.reserved.time_of_one_more(account, floor) <= self.common.time_of_one_more(account, floor)
    }

    /// Earliest time of any permit.
    fn floor(&self, now: Instant) -> Instant {
        self.pause.end(now).unwrap_or(now)
    }

    fn reject_late(&mut self, now: Instant) {
        let floor = self.floor(now);
        self.common.reject_late(floor);
        self.reserved.reject_late(floor);
    }

    fn queue(&mut self, priority: Priority) -> &mut FairQueue {
        match priority {
            Priority::Normal => &mut self.common,
            Priority::Recovery => &mut self.reserved,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn of_rate(rate: u32, now: Instant) -> State {
        let mut state = State::new("p");
        state.add("a".into(), Some(rate), now);
        state
    }

    /// Number of permits available at once.
    fn at_once(state: &mut State, priority: Priority, now: Instant) -> u32 {
        let mut permits = 0;
        while let Acquire::Granted(_) = state.acquire(priority, &"a".into(), now, now) {
            permits += 1;
        }
        permits
    }

    #[test]
    fn a_tenth_is_kept_for_finding_out_and_others_cannot_take_it() {
        let now = Instant::now();
        let mut state = of_rate(1000, now);
        assert_eq!(at_once(&mut state, Priority::Normal, now), 45);
        assert_eq!(at_once(&mut state, Priority::Recovery, now), 5);
        // Look-ups may take both the reserved and the common permits.
        let mut state = of_rate(1000, now);
        assert_eq!(at_once(&mut state, Priority::Recovery, now), 50);
    }

    #[test]
    fn of_two_requests_a_minute_one_is_kept_and_of_one_none() {
        let now = Instant::now();
        for (rate, common, reserved) in [(2, 1, 1), (1, 1, 0)] {
            let mut state = of_rate(rate, now);
            assert_eq!(at_once(&mut state, Priority::Normal, now), common, "{rate}");
            assert_eq!(at_once(&mut state, Priority::Recovery, now), reserved, "{rate}");
        }
    }

    #[test]
    fn the_lowest_rate_of_the_accounts_holds_for_as_long_as_its_account_is_there() {
        let now = Instant::now();
        let mut state = of_rate(600, now);
        let careful = state.add("b".into(), Some(60), now);
        state.add("c".into(), None, now);
        assert_eq!(state.status(now).requests_per_minute, Some(60));
        state.remove(careful, now);
        assert_eq!(state.status(now).requests_per_minute, Some(600));
        assert_eq!(state.status(now).accounts, ["a", "c"]);
    }

    #[test]
    fn a_pause_holds_for_everybody_and_sends_those_away_whose_deadline_comes_first() {
        let now = Instant::now();
        let mut state = of_rate(60, now);
        at_once(&mut state, Priority::Normal, now);
        let Acquire::Queued(_, waiter) = state.acquire(Priority::Normal, &"a".into(), now + 5 * SECOND, now) else {
            panic!("the request was not queued")
        };
        assert!(waiter.verdict.get().is_none());
        let limit = Limit { wait: Some(30 * SECOND), method: None };
        assert_eq!(state.limited(limit, now), Some(30 * SECOND));
        assert_eq!(waiter.verdict.get(), Some(&Err(now + 30 * SECOND)));
        assert!(matches!(
            state.acquire(Priority::Recovery, &"a".into(), now + 10 * SECOND, now),
            Acquire::Queued(_, waiter) if waiter.verdict.get() == Some(&Err(now + 30 * SECOND))
        ));
        assert!(state.is_paced(now));
        let over = now + 30 * SECOND;
        assert!(matches!(state.acquire(Priority::Normal, &"a".into(), over, over), Acquire::Granted(_)));
    }

    #[test]
    fn no_more_than_so_many_wait_and_the_next_is_told_when_to_come_back() {
        let now = Instant::now();
        let mut state = State::new("p");
        state.limited(Limit { wait: Some(SECOND), method: None }, now);
        for _ in 0..MOST_WAITING {
            assert!(matches!(state.acquire(Priority::Normal, &"a".into(), now + 2 * SECOND, now), Acquire::Queued(..)));
        }
        let next = state.acquire(Priority::Normal, &"a".into(), now + 2 * SECOND, now);
        assert!(matches!(next, Acquire::TooLate(at) if at == now + SECOND));
        assert_eq!(state.status(now).waiting, MOST_WAITING);
    }

    #[test]
    fn an_account_that_fills_the_queue_makes_room_for_another_and_the_last_of_its_own_goes() {
        let now = Instant::now();
        let mut state = State::new("p");
        state.limited(Limit { wait: Some(SECOND), method: None }, now);
        let mut acquire = |account: &str, deadline| state.acquire(Priority::Normal, &account.into(), deadline, now);
        let mut last = None;
        for _ in 0..MOST_WAITING {
            let Acquire::Queued(_, waiter) = acquire("a", now + 2 * SECOND) else { panic!("it is full already") };
            last = Some(waiter);
        }
        let verdict = |waiter: &Arc<Waiter>| waiter.verdict.get().copied();
        // A request that would be too late anyway displaces no other.
        assert!(matches!(acquire("b", now), Acquire::TooLate(at) if at == now + SECOND));
        assert_eq!(verdict(last.as_ref().unwrap()), None);
        let entered = acquire("b", now + 2 * SECOND);
        assert!(matches!(entered, Acquire::Queued(_, waiter) if verdict(&waiter).is_none()));
        assert_eq!(verdict(last.as_ref().unwrap()), Some(Err(now + SECOND)));
        // It makes room until both accounts have equally many.
        let more = (0..MOST_WAITING).take_while(|_| matches!(acquire("b", now + 2 * SECOND), Acquire::Queued(..)));
        assert_eq!(more.count(), MOST_WAITING / 2 - 1);
        assert_eq!(state.status(now).waiting, MOST_WAITING);
    }

    #[test]
    fn a_methods_pause_is_that_methods_alone() {
        let now = Instant::now();
        let mut state = State::new("p");
        let limit = Limit { wait: Some(SECOND), method: Some("one") };
        assert_eq!(state.limited(limit, now), Some(SECOND));
        assert!(!state.is_paced(now) && state.is_limited(now));
        let methods = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(state.paused(&methods(&["two"]), now), None);
        assert_eq!(state.paused(&methods(&["two", "one"]), now), Some(("one", now + SECOND)));
        assert_eq!(state.pause_left(&methods(&["one"]), now), Some(SECOND));
        state.succeeded(now + 120 * SECOND);
        assert!(!state.is_limited(now + 120 * SECOND));
    }

    #[test]
    fn a_turn_of_one_who_went_away_is_the_next_ones() {
        let now = Instant::now();
        let mut state = of_rate(1, now);
        let Acquire::Granted(priority) = state.acquire(Priority::Normal, &"a".into(), now, now) else {
            panic!("no permit")
        };
        assert_eq!(at_once(&mut state, Priority::Normal, now), 0);
        state.give_back(priority);
        assert_eq!(at_once(&mut state, Priority::Normal, now), 1);
    }
}
