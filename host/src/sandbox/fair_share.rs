//! Turns on the runtime's threads. Where a call of an account was found to hold a thread for longer than a call should, by its
//! guest, by what it was answered or by what else is done for it, the account's calls are moved one after the other, and between
//! two of them comes whatever else there is: however many of them there are, another account's call waits for one.
//!
//! On an account whose calls are short, this costs a look at the clock.

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

/// For how long a call may hold a thread without having its account wait its turn: twenty times what one takes.
const LONG: Duration = Duration::from_micros(250);

/// A handed turn that its call has not used for so long goes to another call: the caller may have stopped polling.
const UNUSED: Duration = Duration::from_millis(100);

/// Once none of them did for so long, the account's calls come as they come again.
const CALM: Duration = Duration::from_millis(500);

/// What an account has of the threads. Clones are the same.
#[derive(Clone)]
pub(crate) struct FairShare(Arc<Share>);

struct Share {
    /// Whether its calls are moved one after the other.
    in_turn: AtomicBool,
    /// When one last held a thread for long, in milliseconds since `begun`.
    last_long: AtomicU64,
    begun: Instant,
    state: Mutex<State>,
}

struct State {
    /// Free turns: at most as many as there are threads.
    free: usize,
    waiting: VecDeque<Waiting>,
    /// Turns that were handed to a call which has not moved since.
    handed: Vec<Handed>,
    last: u64,
}

struct Waiting {
    number: u64,
    waker: Waker,
}

struct Handed {
    number: u64,
    when: Instant,
    /// Whether what was there before has had its turn.
    has_come: Arc<AtomicBool>,
}

impl Default for FairShare {
    fn default() -> FairShare {
        let threads = Handle::try_current().map_or(1, |runtime| runtime.metrics().num_workers());
        FairShare(Arc::new(Share {
            in_turn: AtomicBool::new(false),
            last_long: AtomicU64::new(0),
            begun: Instant::now(),
            state: Mutex::new(State { free: threads, waiting: VecDeque::new(), handed: Vec::new(), last: 0 }),
        }))
    }
}

impl FairShare {
    /// Has a call of the account move in its turn.
    pub(crate) fn of<F: Future + Unpin>(&self, call: F) -> Fair<F> {
        let place = Place { share: self.clone(), number: None, has_turn: false, look: None };
        Fair { call, place: Some(place) }
    }
}

/// A call that moves in its account's turn.
pub(crate) struct Fair<F> {
    call: F,
    /// None of a part of a call that has its turn as a whole.
    place: Option<Place>,
}

impl<F> Fair<F> {
    /// A part of a call that has its turn as a whole.
    pub(crate) fn part(call: F) -> Fair<F> {
        Fair { call, place: None }
    }
}

struct Place {
    share: FairShare,
    /// Its number among those who wait, or were handed a turn.
    number: Option<u64>,
    /// While it moves.
    has_turn: bool,
    /// When it looks for unused turns.
    look: Option<Pin<Box<Sleep>>>,
}

impl<F: Future + Unpin> Future for Fair<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Fair { call, place } = &mut *self;
        let Some(place) = place else { return Pin::new(call).poll(context) };
        if !place.is_next(context) {
            return Poll::Pending;
        }
        let begun = Instant::now();
        let polled = Pin::new(call).poll(context);
        place.moved(begun.elapsed());
        polled
    }
}

impl Place {
    /// Whether the call may move now. If not, it is woken when it may.
    fn is_next(&mut self, context: &mut Context<'_>) -> bool {
        if self.number.is_none() && !self.share.0.in_turn.load(Ordering::Acquire) {
            return true;
        }
        let share = self.share.clone();
        let mut state = share.state();
        if let Some(number) = self.number {
            match state.stands(number, context.waker()) {
                Stands::Next => {
                    (self.number, self.has_turn, self.look) = (None, true, None);
                    return true;
                }
                Stands::Waiting => {
                    self.looks(&mut state, context);
                    return false;
                }
                Stands::Nowhere => {}
            }
            // Its turn went to another, for it did not use it.
        }
        self.number = Some(state.enters(context.waker()));
        self.looks(&mut state, context);
        false
    }

    /// Has what others were handed and do not use be used, and looks again later.
    fn looks(&mut self, state: &mut State, context: &mut Context<'_>) {
        let look = self.look.get_or_insert_with(|| Box::pin(tokio::time::sleep(UNUSED)));
        while look.as_mut().poll(context).is_ready() {
            state.takes_back();
            look.set(tokio::time::sleep(UNUSED));
        }
    }

    /// It has moved, and that took so long.
    fn moved(&mut self, took: Duration) {
        let Share { in_turn, last_long, begun, .. } = &*self.share.0;
        if took >= LONG {
            last_long.store(milliseconds(begun.elapsed()), Ordering::Relaxed);
            in_turn.store(true, Ordering::Release);
        } else if in_turn.load(Ordering::Relaxed) {
            let calm = milliseconds(begun.elapsed()).saturating_sub(last_long.load(Ordering::Relaxed));
            if calm > milliseconds(CALM) {
                in_turn.store(false, Ordering::Release);
            }
        }
        self.passes();
    }

    /// Passes its turn on, where it has one.
    fn passes(&mut self) {
        let (number, has_turn) = (self.number.take(), std::mem::take(&mut self.has_turn));
        if number.is_none() && !has_turn {
            return;
        }
        let mut state = self.share.state();
        if has_turn || number.is_some_and(|number| state.leaves(number)) {
            state.hands_on();
        }
    }
}

/// How a call stands that came before.
enum Stands {
    Next,
    Waiting,
    Nowhere,
}

impl State {
    fn enters(&mut self, waker: &Waker) -> u64 {
        self.last += 1;
        if self.free > 0 {
            self.free -= 1;
            self.hands_to(self.last, waker.clone());
        } else {
            self.waiting.push_back(Waiting { number: self.last, waker: waker.clone() });
        }
        self.last
    }

    fn stands(&mut self, number: u64, waker: &Waker) -> Stands {
        if let Some(waiting) = self.waiting.iter_mut().find(|one| one.number == number) {
            waiting.waker.clone_from(waker);
            return Stands::Waiting;
        }
        match self.handed.iter().position(|one| one.number == number) {
            Some(place) if self.handed.get(place).is_some_and(|handed| handed.has_come.load(Ordering::Acquire)) => {
                self.handed.swap_remove(place);
                Stands::Next
            }
            // It was woken for something else, before the others had their turn.
            Some(_) => Stands::Waiting,
            None => Stands::Nowhere,
        }
    }

    /// It waits no more. Whether it was handed a turn.
    fn leaves(&mut self, number: u64) -> bool {
        self.waiting.retain(|one| one.number != number);
        let handed = self.handed.len();
        self.handed.retain(|one| one.number != number);
        self.handed.len() < handed
    }

    /// A turn is over: the next has it.
    fn hands_on(&mut self) {
        match self.waiting.pop_front() {
            Some(Waiting { number, waker }) => self.hands_to(number, waker),
            None => self.free += 1,
        }
    }

    /// A call has a turn once all that is there has had its own, and what came meanwhile by the network and the clock was looked
    /// at: while tasks are ready, the runtime polls its drivers only now and then.
    fn hands_to(&mut self, number: u64, waker: Waker) {
        let has_come = Arc::new(AtomicBool::new(false));
        self.handed.push(Handed { number, when: Instant::now(), has_come: has_come.clone() });
        let comes = Waker::from(Arc::new(Comes { has_come, waker }));
        // What yields is woken behind all others.
        let yields = std::pin::pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&comes));
        debug_assert!(yields.is_pending(), "it yields once");
    }

    fn takes_back(&mut self) {
        let handed = self.handed.len();
        self.handed.retain(|one| one.when.elapsed() < UNUSED);
        (self.handed.len()..handed).for_each(|_| self.hands_on());
    }
}

/// Is woken when a turn that was handed has come.
struct Comes {
    has_come: Arc<AtomicBool>,
    waker: Waker,
}

impl Wake for Comes {
    fn wake(self: Arc<Self>) {
        self.has_come.store(true, Ordering::Release);
        self.waker.wake_by_ref();
    }
}

/// A call that has ended, or was given up, has no turn.
impl Drop for Place {
    fn drop(&mut self) {
        self.passes();
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

    /// Holds the thread so often for so long, and gives way in between.
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
        // The first polls run before the account is known as slow.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut longest = Duration::ZERO;
        for _ in 0..20 {
            let begun = Instant::now();
            tokio::task::yield_now().await;
            longest = longest.max(begun.elapsed());
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
        let mut left = Box::pin(share.of(Box::pin(holds(1, Duration::from_millis(1)))));
        let polled = left.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        let other = share.of(Box::pin(holds(2, Duration::from_millis(1))));
        tokio::time::timeout(Duration::from_secs(20), other).await.expect("its turn is not lost");
        left.await;
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
