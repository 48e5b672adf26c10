//! Fair scheduling of an account's calls on the runtime's threads.
//!
//! Once a poll of one of an account's calls holds a thread for longer than `LONG` (through its guest, a large answer or other
//! work done for it), the account's calls are polled in turn, and all other ready tasks run between two of them. However many
//! such calls there are, another account's call waits for only one.
//!
//! For an account whose polls are short, this costs one reading of the clock per poll.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time::Sleep;

use parking_lot::{Mutex, MutexGuard};

/// A poll longer than this makes the account's calls take turns: twenty times what a call takes.
const LONG: Duration = Duration::from_micros(250);

/// A turn that its call leaves unused for this long goes to another call: the caller may have stopped polling.
const UNUSED: Duration = Duration::from_millis(100);

/// After this long without a long poll, the account's calls no longer take turns.
const CALM: Duration = Duration::from_millis(500);

/// An account's share of the threads. Clones refer to the same share.
#[derive(Clone)]
pub(crate) struct FairShare(Arc<Share>);

struct Share {
    /// Whether its calls take turns.
    in_turn: AtomicBool,
    /// Time of the latest long poll, in milliseconds since `created`.
    last_long: AtomicU64,
    created: Instant,
    state: Mutex<State>,
}

struct State {
    /// Free turns: at most one for each thread.
    free: usize,
    waiting: VecDeque<Waiting>,
    /// Turns handed to calls that were not polled since.
    handed: Vec<Handed>,
    last_number: u64,
}

struct Waiting {
    number: u64,
    waker: Waker,
}

struct Handed {
    number: u64,
    since: Instant,
    /// Whether the tasks that were ready before have run.
    is_ready: Arc<AtomicBool>,
}

impl Default for FairShare {
    fn default() -> FairShare {
        let threads = Handle::try_current().map_or(1, |runtime| runtime.metrics().num_workers());
        FairShare(Arc::new(Share {
            in_turn: AtomicBool::new(false),
            last_long: AtomicU64::new(0),
            created: Instant::now(),
            state: Mutex::new(State { free: threads, waiting: VecDeque::new(), handed: Vec::new(), last_number: 0 }),
        }))
    }
}

impl FairShare {
    /// Makes a call of the account take its turns.
    pub(crate) fn of<F: Future + Unpin>(&self, call: F) -> Fair<F> {
        let ticket = Ticket { share: self.clone(), number: None, has_turn: false, reclaim_timer: None };
        Fair { call, ticket: Some(ticket) }
    }
}

/// A call that is polled only in its account's turns.
pub(crate) struct Fair<F> {
    call: F,
    /// None for a part of a call that takes turns as a whole.
    ticket: Option<Ticket>,
}

impl<F> Fair<F> {
    /// A part of a call that takes turns as a whole.
    pub(crate) fn part(call: F) -> Fair<F> {
        Fair { call, ticket: None }
    }
}

/// A call's place in the queue for turns.
struct Ticket {
    share: FairShare,
    /// Its number in the queue, or among the handed turns.
    number: Option<u64>,
    /// Set while the call is polled.
    has_turn: bool,
    /// When it next reclaims unused turns.
    reclaim_timer: Option<Pin<Box<Sleep>>>,
}

impl<F: Future + Unpin> Future for Fair<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Fair { call, ticket } = &mut *self;
        let Some(ticket) = ticket else { return Pin::new(call).poll(context) };
        if !ticket.is_next(context) {
            return Poll::Pending;
        }
        let started = Instant::now();
        let polled = Pin::new(call).poll(context);
        ticket.polled(started.elapsed());
        polled
    }
}

impl Ticket {
    /// Whether the call may be polled now. If not, its waker is called later.
    fn is_next(&mut self, context: &mut Context<'_>) -> bool {
        if self.number.is_none() && !self.share.0.in_turn.load(Ordering::Acquire) {
            return true;
        }
        let share = self.share.clone();
        let mut state = share.state();
        if let Some(number) = self.number {
            match state.check(number, context.waker()) {
                TicketState::Next => {
                    (self.number, self.has_turn, self.reclaim_timer) = (None, true, None);
                    return true;
                }
                TicketState::Waiting => {
                    self.reclaim_unused(&mut state, context);
                    return false;
                }
                TicketState::Expired => {}
            }
            // The turn was not used in time, and went to another call.
        }
        self.number = Some(state.enqueue(context.waker()));
        self.reclaim_unused(&mut state, context);
        false
    }

    /// Reclaims turns that others leave unused, now and at intervals.
    fn reclaim_unused(&mut self, state: &mut State, context: &mut Context<'_>) {
        let timer = self.reclaim_timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(UNUSED)));
        while timer.as_mut().poll(context).is_ready() {
            state.reclaim_unused();
            timer.set(tokio::time::sleep(UNUSED));
        }
    }

    /// Records a poll of this length, and releases the turn.
    fn polled(&mut self, took: Duration) {
        let Share { in_turn, last_long, created, .. } = &*self.share.0;
        if took >= LONG {
            last_long.store(milliseconds(created.elapsed()), Ordering::Relaxed);
            in_turn.store(true, Ordering::Release);
        } else if in_turn.load(Ordering::Relaxed) {
            let calm = milliseconds(created.elapsed()).saturating_sub(last_long.load(Ordering::Relaxed));
            if calm > milliseconds(CALM) {
                in_turn.store(false, Ordering::Release);
            }
        }
        self.release();
    }

    /// Leaves the queue, and passes on the turn, if it has one.
    fn release(&mut self) {
        let (number, has_turn) = (self.number.take(), std::mem::take(&mut self.has_turn));
        if number.is_none() && !has_turn {
            return;
        }
        let mut state = self.share.state();
        if has_turn || number.is_some_and(|number| state.remove(number)) {
            state.release_turn();
        }
    }
}

/// State of a call's ticket.
enum TicketState {
    Next,
    Waiting,
    Expired,
}

impl State {
    fn enqueue(&mut self, waker: &Waker) -> u64 {
        self.last_number += 1;
        if self.free > 0 {
            self.free -= 1;
            self.hand_to(self.last_number, waker.clone());
        } else {
            self.waiting.push_back(Waiting { number: self.last_number, waker: waker.clone() });
        }
        self.last_number
    }

    fn check(&mut self, number: u64, waker: &Waker) -> TicketState {
        if let Some(waiting) = self.waiting.iter_mut().find(|one| one.number == number) {
            waiting.waker.clone_from(waker);
            return TicketState::Waiting;
        }
        match self.handed.iter().position(|one| one.number == number) {
            Some(index) if self.handed.get(index).is_some_and(|handed| handed.is_ready.load(Ordering::Acquire)) => {
                self.handed.swap_remove(index);
                TicketState::Next
            }
            // It was woken for another reason, before the other tasks ran.
            Some(_) => TicketState::Waiting,
            None => TicketState::Expired,
        }
    }

    /// Removes a ticket. Returns whether it had been handed a turn.
    fn remove(&mut self, number: u64) -> bool {
        self.waiting.retain(|one| one.number != number);
        let handed = self.handed.len();
        self.handed.retain(|one| one.number != number);
        self.handed.len() < handed
    }

    /// Ends a turn: the next call gets it.
    fn release_turn(&mut self) {
        match self.waiting.pop_front() {
            Some(Waiting { number, waker }) => self.hand_to(number, waker),
            None => self.free += 1,
        }
    }

    /// Hands a turn to a call. It starts once all ready tasks have run and the runtime has polled its network and timer drivers:
    /// while tasks are ready, the runtime polls the drivers only now and then.
    fn hand_to(&mut self, number: u64, waker: Waker) {
        let is_ready = Arc::new(AtomicBool::new(false));
        self.handed.push(Handed { number, since: Instant::now(), is_ready: is_ready.clone() });
        let turn_waker = Waker::from(Arc::new(TurnWaker { is_ready, waker }));
        // A yielding task is woken after all others.
        let yielded = std::pin::pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&turn_waker));
        debug_assert!(yielded.is_pending(), "it yields once");
    }

    fn reclaim_unused(&mut self) {
        let handed = self.handed.len();
        self.handed.retain(|one| one.since.elapsed() < UNUSED);
        (self.handed.len()..handed).for_each(|_| self.release_turn());
    }
}

/// Woken when a handed turn may start.
struct TurnWaker {
    is_ready: Arc<AtomicBool>,
    waker: Waker,
}

impl Wake for TurnWaker {
    fn wake(self: Arc<Self>) {
        self.is_ready.store(true, Ordering::Release);
        self.waker.wake_by_ref();
    }
}

/// A call that ended or was dropped releases its turn.
impl Drop for Ticket {
    fn drop(&mut self) {
        self.release();
    }
}

impl FairShare {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock()
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds the thread this many times for this long, and yields in between.
    async fn holds(times: usize, long: Duration) {
        for _ in 0..times {
            std::thread::sleep(long);
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn another_waits_for_one_call_of_an_account_and_not_for_each() {
        let share = FairShare::default();
        let calls = (0..20).map(|_| tokio::spawn(share.of(Box::pin(holds(20, Duration::from_millis(5))))));
        let calls: Vec<_> = calls.collect();
        // The first polls run before the account counts as slow.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut longest = Duration::ZERO;
        for _ in 0..20 {
            let started = Instant::now();
            tokio::task::yield_now().await;
            longest = longest.max(started.elapsed());
        }
        assert!(longest < Duration::from_millis(50), "{longest:?} for what one of twenty holds for 5 ms");
        calls.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test]
    async fn all_calls_of_an_account_end_though_some_are_dropped_on_the_way() {
        let share = FairShare::default();
        let mut calls: Vec<_> =
            (0..30).map(|_| tokio::spawn(share.of(Box::pin(holds(3, Duration::from_micros(400)))))).collect();
        for call in calls.iter().step_by(3) {
            tokio::task::yield_now().await;
            call.abort();
        }
        for (number, call) in calls.drain(..).enumerate() {
            let ended = tokio::time::timeout(Duration::from_secs(20), call).await.expect("it is not forgotten");
            assert!(ended.is_ok() || number % 3 == 0);
        }
        let state = share.state();
        assert_eq!((state.free, state.waiting.len(), state.handed.len()), (1, 0, 0));
    }

    #[tokio::test]
    async fn an_unused_turn_goes_to_another_call() {
        let share = FairShare::default();
        share.of(Box::pin(holds(1, Duration::from_millis(1)))).await;
        let mut abandoned = Box::pin(share.of(Box::pin(holds(1, Duration::from_millis(1)))));
        let polled = abandoned.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        let other = share.of(Box::pin(holds(2, Duration::from_millis(1))));
        tokio::time::timeout(Duration::from_secs(20), other).await.expect("its turn is not lost");
        abandoned.await;
        let state = share.state();
        assert_eq!((state.free, state.waiting.len(), state.handed.len()), (1, 0, 0));
    }

    #[tokio::test]
    async fn an_account_whose_calls_are_short_again_waits_for_no_turn() {
        let share = FairShare::default();
        share.of(Box::pin(holds(1, Duration::from_millis(1)))).await;
        assert!(share.0.in_turn.load(Ordering::Relaxed));
        tokio::time::sleep(CALM + Duration::from_millis(10)).await;
        share.of(Box::pin(async {})).await;
        assert!(!share.0.in_turn.load(Ordering::Relaxed));
    }
}
