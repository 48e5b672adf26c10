//! Turns for calls: so many run at the same time, round robin between the accounts that wait.
//!
//! An account holds a bounded number of them, and the last quarter is for accounts that hold none: whatever one does, another's
//! call begins at once. What a component says of itself as it is loaded has turns of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use parking_lot::{Mutex, MutexGuard};

/// Which part of the turns is for accounts that hold none.
const KEPT_FREE: usize = 4;

/// The turns of a host.
pub(crate) struct Slots {
    /// How many are left for accounts that hold none, when no other has one.
    kept_free: usize,
    state: Mutex<State>,
    loading: Semaphore,
}

#[derive(Default)]
struct State {
    free: usize,
    accounts: HashMap<Arc<str>, Account>,
    /// Accounts with waiting calls, the next one first.
    waiting: VecDeque<Arc<str>>,
}

/// An account that holds turns, or waits for one.
#[derive(Default)]
struct Account {
    held: usize,
    waiters: VecDeque<Arc<Waiter>>,
}

struct Waiter {
    /// The most that its account may hold before it has its own.
    most: usize,
    has_turn: AtomicBool,
    woken: Notify,
}

/// A turn. It ends when this is dropped.
pub(crate) enum Turn<'s> {
    Call { slots: &'s Slots, account: Arc<str> },
    Loading { _permit: Option<SemaphorePermit<'s>> },
}

impl Slots {
    pub(crate) fn new(all: u32) -> Slots {
        let free = usize::try_from(all).unwrap_or(usize::MAX);
        let state = Mutex::new(State { free, ..State::default() });
        Slots { kept_free: free / KEPT_FREE, state, loading: Semaphore::new(crate::engine::LOADING as usize) }
    }

    /// A turn for a component that is loaded.
    pub(crate) async fn for_loading(&self) -> Turn<'_> {
        // It is never closed.
        Turn::Loading { _permit: self.loading.acquire().await.ok() }
    }

    /// The account's next turn, of which it holds at most so many.
    pub(crate) async fn for_call(&self, account: &Arc<str>, most: usize) -> Turn<'_> {
        let waiter = {
            let mut state = self.state();
            if state.takes(account, most, self.kept_free) {
                return Turn::Call { slots: self, account: account.clone() };
            }
            state.waits(account, most)
        };
        let mut place = Place { slots: self, account, waiter, is_left: false };
        while !place.waiter.has_turn.load(Ordering::Acquire) {
            place.waiter.woken.notified().await;
        }
        place.is_left = true;
        Turn::Call { slots: self, account: account.clone() }
    }

    fn ends(&self, account: &Arc<str>) {
        self.state().ends(account, self.kept_free);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    /// Whether an account that holds so many may have another, of at most so many.
    fn may_have(&self, held: usize, most: usize, kept_free: usize) -> bool {
        let left_to_others = if held == 0 { 0 } else { kept_free };
        held < most.max(1) && self.free > left_to_others
    }

    fn takes(&mut self, account: &Arc<str>, most: usize, kept_free: usize) -> bool {
        let known = self.accounts.get(account);
        // Within an account the order is first come, first served.
        let is_next = known.is_none_or(|known| known.waiters.is_empty());
        let takes = is_next && self.may_have(known.map_or(0, |known| known.held), most, kept_free);
        if takes {
            self.accounts.entry(account.clone()).or_default().held += 1;
            self.free -= 1;
        }
        takes
    }

    fn waits(&mut self, account: &Arc<str>, most: usize) -> Arc<Waiter> {
        let waiter = Arc::new(Waiter { most, has_turn: AtomicBool::new(false), woken: Notify::new() });
        let known = self.accounts.entry(account.clone()).or_default();
        known.waiters.push_back(waiter.clone());
        if known.waiters.len() == 1 {
            self.waiting.push_back(account.clone());
        }
        waiter
    }

    fn ends(&mut self, account: &Arc<str>, kept_free: usize) {
        self.free += 1;
        if let Some(known) = self.accounts.get_mut(account) {
            known.held = known.held.saturating_sub(1);
            if known.held == 0 && known.waiters.is_empty() {
                self.accounts.remove(account);
            }
        }
        self.serve(kept_free);
    }

    /// Gives what is free to those who wait, one account after the other.
    fn serve(&mut self, kept_free: usize) {
        let mut passed_over = 0;
        while self.free > 0 && passed_over < self.waiting.len() {
            let Some(account) = self.waiting.pop_front() else { return };
            let may = self.accounts.get(&account).is_some_and(|known| {
                known.waiters.front().is_some_and(|first| self.may_have(known.held, first.most, kept_free))
            });
            let Some(known) = self.accounts.get_mut(&account) else { continue };
            if may && let Some(first) = known.waiters.pop_front() {
                known.held += 1;
                self.free -= 1;
                first.has_turn.store(true, Ordering::Release);
                first.woken.notify_one();
                passed_over = 0;
            } else {
                passed_over += 1;
            }
            if !known.waiters.is_empty() {
                self.waiting.push_back(account);
            }
        }
    }

    /// Removes a waiter that had no turn.
    fn leaves(&mut self, account: &Arc<str>, waiter: &Arc<Waiter>) {
        let Some(known) = self.accounts.get_mut(account) else { return };
        known.waiters.retain(|one| !Arc::ptr_eq(one, waiter));
        if known.waiters.is_empty() {
            self.waiting.retain(|one| one != account);
            if known.held == 0 {
                self.accounts.remove(account);
            }
        }
    }
}

/// A place among those who wait. One that is dropped is free for others, and its turn with it.
struct Place<'s, 'a> {
    slots: &'s Slots,
    account: &'a Arc<str>,
    waiter: Arc<Waiter>,
    is_left: bool,
}

impl Drop for Place<'_, '_> {
    fn drop(&mut self) {
        if self.is_left {
            return;
        }
        let mut state = self.slots.state();
        if self.waiter.has_turn.load(Ordering::Acquire) {
            state.ends(self.account, self.slots.kept_free);
        } else {
            state.leaves(self.account, &self.waiter);
            // Another of its account may have what this one could not.
            state.serve(self.slots.kept_free);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Turn::Call { slots, account } = self {
            slots.ends(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Waker};

    use super::*;

    fn account(name: &str) -> Arc<str> {
        name.into()
    }

    fn poll<F: Future>(future: &mut Pin<&mut F>) -> Option<F::Output> {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(done) => Some(done),
            std::task::Poll::Pending => None,
        }
    }

    /// What an account has at once, of at most so many.
    fn taken<'s>(slots: &'s Slots, account: &Arc<str>, most: usize) -> Vec<Turn<'s>> {
        std::iter::from_fn(|| poll(&mut pin!(slots.for_call(account, most)))).collect()
    }

    #[test]
    fn an_account_holds_no_more_than_its_own_and_leaves_a_quarter_to_those_that_hold_none() {
        let slots = Slots::new(16);
        assert_eq!(taken(&slots, &account("a"), 6).len(), 6);
        let greedy = taken(&slots, &account("a"), 100);
        assert_eq!(greedy.len(), 12);
        let first: Vec<_> = (0..4).map(|one| taken(&slots, &account(&format!("b{one}")), 100)).collect();
        assert!(first.iter().all(|its| its.len() == 1), "each has one of the last quarter, and no more");
        assert!(taken(&slots, &account("c"), 100).is_empty(), "all are taken");
        drop((greedy, first));
        assert!(slots.state().accounts.is_empty() && slots.state().free == 16);
    }

    #[test]
    fn those_who_wait_are_served_round_robin_between_accounts() {
        let slots = Slots::new(1);
        let (a, b) = (account("a"), account("b"));
        let mut held = taken(&slots, &a, 9);
        let mut many: Vec<_> = (0..3).map(|_| Box::pin(slots.for_call(&a, 9))).collect();
        many.iter_mut().for_each(|waiting| assert!(poll(&mut waiting.as_mut()).is_none()));
        let mut one = pin!(slots.for_call(&b, 9));
        assert!(poll(&mut one).is_none());
        held.clear();
        let first = poll(&mut many[0].as_mut()).unwrap();
        assert!(poll(&mut one).is_none());
        drop(first);
        // The other account's is next, though two came before it.
        assert!(poll(&mut many[1].as_mut()).is_none());
        drop(poll(&mut one).unwrap());
        drop(poll(&mut many[1].as_mut()).unwrap());
        drop(poll(&mut many[2].as_mut()).unwrap());
    }

    #[test]
    fn who_goes_away_leaves_the_turn_to_the_next() {
        let slots = Slots::new(1);
        let (a, b) = (account("a"), account("b"));
        let held = taken(&slots, &a, 9);
        let mut gone = Box::pin(slots.for_call(&a, 9));
        let mut next = pin!(slots.for_call(&b, 9));
        assert!(poll(&mut gone.as_mut()).is_none() && poll(&mut next).is_none());
        drop(held);
        // It was given the turn, and did not see it.
        drop(gone);
        let turn = poll(&mut next).unwrap();
        let waits = Box::pin(slots.for_call(&a, 9));
        drop(waits);
        drop(turn);
        assert!(slots.state().accounts.is_empty() && slots.state().free == 1);
    }
}
