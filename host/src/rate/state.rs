//! All that a budget knows, and what it decides. It knows no clock: everybody says what time it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge_model::Timestamp;

use super::bucket::Bucket;
use super::cooldown::Pause;
use super::fair_queue::{FairQueue, Waiter};
use super::shared::Owed;
use super::status::BudgetStatus;

/// The most that wait for a turn of one kind: a quarter of the calls that a host runs at a time, so that one application
/// does not keep all others from running. Its accounts share these places too.
const MOST_WAITING: usize = 250;
/// How much later than whoever is next the others look whether there are turns: whoever is next may be there and not look,
/// because its caller holds it and is busy elsewhere.
const HEAD_FALLBACK: Duration = Duration::from_millis(250);
/// Which part of the rate is kept for finding out what became of writes.
const RESERVE: u32 = 10;

/// Which turns a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Those that are for everybody.
    Normal,
    /// Also those that are kept for finding out what became of a write.
    Recovery,
}

/// What the provider said of a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit<'a> {
    /// How long it wants to be left alone, where it says so.
    pub(crate) wait: Option<Duration>,
    /// The method that it is for; none: all of them.
    pub(crate) method: Option<&'a str>,
}

/// What becomes of a request that wants a turn.
pub(super) enum Acquire {
    /// It has one, of these.
    Granted(Priority),
    /// It waits for one of these.
    Queued(Priority, Arc<Waiter>),
    /// None would come in time: this is when the first one would.
    TooLate(Instant),
}

/// An account of the application, on one version of its connector.
struct Member {
    account: Arc<str>,
    /// The requests a minute that it asks to keep to.
    rate: Option<u32>,
}

#[derive(Default)]
pub(super) struct State {
    provider: String,
    members: BTreeMap<u64, Member>,
    next_member: u64,
    rate: Option<u32>,
    common: FairQueue,
    /// Without a bucket there is no reserve, and nobody waits here.
    reserved: FairQueue,
    pause: Pause,
    methods: BTreeMap<String, Pause>,
}

impl State {
    pub(super) fn new(provider: &str) -> State {
        State { provider: provider.to_owned(), ..State::default() }
    }

    /// One more account. Its number, to leave with.
    pub(super) fn add(&mut self, account: Arc<str>, rate: Option<u32>, now: Instant) -> u64 {
        let number = self.next_member;
        self.next_member += 1;
        self.members.insert(number, Member { account, rate });
        self.at_rate([self.rate, rate].into_iter().flatten().min(), now);
        number
    }

    pub(super) fn remove(&mut self, number: u64, now: Instant) {
        let gone = self.members.remove(&number);
        if gone.is_some_and(|gone| gone.rate.is_some() && gone.rate == self.rate) {
            self.at_rate(self.members.values().filter_map(|member| member.rate).min(), now);
        }
    }

    fn at_rate(&mut self, rate: Option<u32>, now: Instant) {
        if rate == self.rate {
            return;
        }
        self.rate = rate;
        let kept = rate.map_or(0, |rate| if rate < 2 { 0 } else { (rate / RESERVE).max(1) });
        let common = rate.map(|rate| rate - kept);
        for (lane, rate) in [(&mut self.common, common), (&mut self.reserved, Some(kept).filter(|kept| *kept > 0))] {
            lane.bucket = rate.map(|rate| match &lane.bucket {
                Some(bucket) => bucket.at_rate(rate, now),
                None => Bucket::new(rate, now),
            });
        }
        self.turn_away(now);
        self.common.wake_head();
        self.reserved.wake_head();
    }

    /// Whether there is a rate to keep to.
    pub(super) fn has_rate(&self) -> bool {
        self.rate.is_some()
    }

    /// How long it takes until the buckets are full.
    pub(super) fn owed(&self, now: Instant) -> Owed {
        let of = |lane: &FairQueue| lane.bucket.as_ref().map_or(Duration::ZERO, |bucket| bucket.owed(now));
        Owed { common: of(&self.common), reserved: of(&self.reserved) }
    }

    /// Takes as much out of them as other processes have.
    pub(super) fn owe(&mut self, owed: Owed, now: Instant) {
        for (lane, owed) in [(&mut self.common, owed.common), (&mut self.reserved, owed.reserved)] {
            if let Some(bucket) = &mut lane.bucket {
                bucket.owe(owed, now);
            }
        }
    }

    /// Whether a turn is anything but a matter of form.
    pub(super) fn is_paced(&self, now: Instant) -> bool {
        self.rate.is_some() || self.pause.end(now).is_some() || self.common.waiting() + self.reserved.waiting() > 0
    }

    /// Whether there is a pause, or one to remember.
    pub(super) fn is_limited(&self, now: Instant) -> bool {
        !self.pause.is_nothing(now) || !self.methods.is_empty()
    }

    /// A request wants a turn.
    pub(super) fn enter(&mut self, share: Priority, account: &Arc<str>, deadline: Instant, now: Instant) -> Acquire {
        let floor = self.floor(now);
        let share = match share {
            Priority::Recovery if self.reserve_is_sooner(account, floor) => Priority::Recovery,
            _ => Priority::Normal,
        };
        let lane = self.lane(share);
        // Whoever's turn has come by now was there before.
        lane.serve(floor, now);
        if lane.take(floor, now) {
            return Acquire::Granted(share);
        }
        if lane.waiting() >= MOST_WAITING {
            let turn = lane.turn_of_one_more(account, floor);
            // One that would not wait anyway takes nobody's place.
            if turn > deadline || !lane.make_room(account, floor) {
                return Acquire::TooLate(turn);
            }
        }
        let waiter = Waiter::new(deadline);
        lane.join(account, waiter.clone());
        lane.turn_away(floor);
        Acquire::Queued(share, waiter)
    }

    /// Gives everybody a turn for whom there is one by now. When this one must look again.
    pub(super) fn serve(&mut self, share: Priority, waiter: &Arc<Waiter>, now: Instant) -> Instant {
        let floor = self.floor(now);
        let lane = self.lane(share);
        lane.serve(floor, now);
        let next = lane.next(floor);
        // It was found to have its turn in time; another's that came later may have gone before it.
        if waiter.deadline <= now && waiter.verdict.get().is_none() {
            let _ = waiter.verdict.set(Err(next));
            lane.leave(waiter);
        }
        let look = if lane.is_head(waiter) { next } else { next + HEAD_FALLBACK };
        look.min(waiter.deadline)
    }

    /// One that waited goes away.
    pub(super) fn leave(&mut self, share: Priority, waiter: &Arc<Waiter>) {
        match waiter.verdict.get() {
            None => self.lane(share).leave(waiter),
            Some(Ok(())) => self.give_back(share),
            Some(Err(_)) => {}
        }
    }

    /// A turn with which nothing was sent.
    pub(super) fn give_back(&mut self, share: Priority) {
        let lane = self.lane(share);
        lane.give_back();
        lane.wake_head();
    }

    /// The provider says that it was too much. How long the pause is from now, if that is news.
    pub(super) fn limited(&mut self, limit: Limit<'_>, now: Instant) -> Option<Duration> {
        let Some(method) = limit.method else {
            let news = self.pause.learn(limit.wait, now);
            self.turn_away(now);
            return news;
        };
        self.methods.retain(|_, pause| !pause.is_forgotten(now));
        self.methods.entry(method.to_owned()).or_default().learn(limit.wait, now)
    }

    /// A request was answered as it should be. What one method's pause was is forgotten in time: it is not known whether
    /// this request was for it.
    pub(super) fn succeeded(&mut self, now: Instant) {
        self.pause.succeeded(now);
        self.methods.retain(|_, pause| !pause.is_forgotten(now));
    }

    /// The one of these methods that is paused for the longest, and until when.
    pub(super) fn paused<'m>(&self, methods: &'m [String], now: Instant) -> Option<(&'m str, Instant)> {
        let end = |method: &'m String| Some((method.as_str(), self.methods.get(method)?.end(now)?));
        methods.iter().filter_map(end).max_by_key(|(_, end)| *end)
    }

    /// How long nothing is sent, or nothing by any of these methods.
    pub(super) fn pause_left(&self, methods: &[String], now: Instant) -> Option<Duration> {
        let method = self.paused(methods, now).map(|(_, end)| end);
        self.pause.end(now).max(method).map(|end| end.saturating_duration_since(now))
    }

    pub(super) fn provider(&self) -> &str {
        &self.provider
    }

    pub(super) fn status(&self, now: Instant) -> BudgetStatus {
        let at = Timestamp::now();
        let told = |end: Instant| at.later(end.saturating_duration_since(now));
        let mut accounts: Vec<_> = self.members.values().map(|member| member.account.to_string()).collect();
        accounts.sort();
        accounts.dedup();
        BudgetStatus {
            provider: self.provider.clone(),
            accounts,
            requests_per_minute: self.rate,
            paused_until: self.pause.end(now).map(told),
            paused_methods: self
                .methods
                .iter()
                .filter_map(|(method, pause)| Some((method.clone(), told(pause.end(now)?))))
                .collect(),
            waiting: self.common.waiting() + self.reserved.waiting(),
        }
    }

    fn reserve_is_sooner(&self, account: &str, floor: Instant) -> bool {
        self.reserved.bucket.is_some()
            && self.reserved.turn_of_one_more(account, floor) <= self.common.turn_of_one_more(account, floor)
    }

    /// Before this nobody has a turn.
    fn floor(&self, now: Instant) -> Instant {
        self.pause.end(now).unwrap_or(now)
    }

    fn turn_away(&mut self, now: Instant) {
        let floor = self.floor(now);
        self.common.turn_away(floor);
        self.reserved.turn_away(floor);
    }

    fn lane(&mut self, share: Priority) -> &mut FairQueue {
        match share {
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

    /// How many turns there are at once.
    fn at_once(state: &mut State, share: Priority, now: Instant) -> u32 {
        let mut turns = 0;
        while let Acquire::Granted(_) = state.enter(share, &"a".into(), now, now) {
            turns += 1;
        }
        turns
    }

    #[test]
    fn a_tenth_is_kept_for_finding_out_and_others_cannot_take_it() {
        let now = Instant::now();
        let mut state = of_rate(1000, now);
        assert_eq!(at_once(&mut state, Priority::Normal, now), 45);
        assert_eq!(at_once(&mut state, Priority::Recovery, now), 5);
        // It may take both: what is kept, and what is everybody's.
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
        let Acquire::Queued(_, waiter) = state.enter(Priority::Normal, &"a".into(), now + 5 * SECOND, now) else {
            panic!("it had no reason to wait")
        };
        assert!(waiter.verdict.get().is_none());
        let limit = Limit { wait: Some(30 * SECOND), method: None };
        assert_eq!(state.limited(limit, now), Some(30 * SECOND));
        assert_eq!(waiter.verdict.get(), Some(&Err(now + 30 * SECOND)));
        assert!(matches!(
            state.enter(Priority::Recovery, &"a".into(), now + 10 * SECOND, now),
            Acquire::Queued(_, waiter) if waiter.verdict.get() == Some(&Err(now + 30 * SECOND))
        ));
        assert!(state.is_paced(now));
        let over = now + 30 * SECOND;
        assert!(matches!(state.enter(Priority::Normal, &"a".into(), over, over), Acquire::Granted(_)));
    }

    #[test]
    fn no_more_than_so_many_wait_and_the_next_is_told_when_to_come_back() {
        let now = Instant::now();
        let mut state = State::new("p");
        state.limited(Limit { wait: Some(SECOND), method: None }, now);
        for _ in 0..MOST_WAITING {
            assert!(matches!(state.enter(Priority::Normal, &"a".into(), now + 2 * SECOND, now), Acquire::Queued(..)));
        }
        let next = state.enter(Priority::Normal, &"a".into(), now + 2 * SECOND, now);
        assert!(matches!(next, Acquire::TooLate(turn) if turn == now + SECOND));
        assert_eq!(state.status(now).waiting, MOST_WAITING);
    }

    #[test]
    fn an_account_that_fills_the_queue_makes_room_for_another_and_the_last_of_its_own_goes() {
        let now = Instant::now();
        let mut state = State::new("p");
        state.limited(Limit { wait: Some(SECOND), method: None }, now);
        let mut enter = |account: &str, deadline| state.enter(Priority::Normal, &account.into(), deadline, now);
        let mut last = None;
        for _ in 0..MOST_WAITING {
            let Acquire::Queued(_, waiter) = enter("a", now + 2 * SECOND) else { panic!("it is full already") };
            last = Some(waiter);
        }
        let verdict = |waiter: &Arc<Waiter>| waiter.verdict.get().copied();
        // Who would come too late anyway takes nobody's place.
        assert!(matches!(enter("b", now), Acquire::TooLate(turn) if turn == now + SECOND));
        assert_eq!(verdict(last.as_ref().unwrap()), None);
        let entered = enter("b", now + 2 * SECOND);
        assert!(matches!(entered, Acquire::Queued(_, waiter) if verdict(&waiter).is_none()));
        assert_eq!(verdict(last.as_ref().unwrap()), Some(Err(now + SECOND)));
        // Until both have as many.
        let more = (0..MOST_WAITING).take_while(|_| matches!(enter("b", now + 2 * SECOND), Acquire::Queued(..)));
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
        let Acquire::Granted(share) = state.enter(Priority::Normal, &"a".into(), now, now) else { panic!("no turn") };
        assert_eq!(at_once(&mut state, Priority::Normal, now), 0);
        state.give_back(share);
        assert_eq!(at_once(&mut state, Priority::Normal, now), 1);
    }
}
