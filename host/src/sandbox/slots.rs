//! Slots for calls: limits how many run at the same time, and serves waiting accounts round robin.
//!
//! An account holds a bounded number of slots, and the last quarter is reserved for accounts that hold none: whatever one account
//! does, another's first call starts at once. Calls made while a component is loaded have slots of their own.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use parking_lot::{Mutex, MutexGuard};

/// One in this many slots is reserved for accounts that hold none.
const SLOTS_PER_RESERVED: usize = 4;

/// The call slots of a host.
pub(crate) struct Slots {
    /// Number of slots reserved for accounts that hold none.
    reserved: usize,
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

/// An account that holds slots, or waits for one.
#[derive(Default)]
struct Account {
    held: usize,
    waiters: VecDeque<Arc<Waiter>>,
}

struct Waiter {
    /// Maximum slots of its account, this one included.
    max: usize,
    has_slot: AtomicBool,
    woken: Notify,
}

/// A slot that is held until this is dropped.
pub(crate) enum SlotPermit<'s> {
    Call { slots: &'s Slots, account: Arc<str> },
    Loading { _permit: Option<SemaphorePermit<'s>> },
}

impl Slots {
    pub(crate) fn new(all: u32) -> Slots {
        let free = usize::try_from(all).unwrap_or(usize::MAX);
        let state = Mutex::new(State { free, ..State::default() });
        Slots { reserved: free / SLOTS_PER_RESERVED, state, loading: Semaphore::new(crate::engine::LOADING as usize) }
    }

    /// Waits for a slot to load a component in.
    pub(crate) async fn acquire_for_loading(&self) -> SlotPermit<'_> {
        // The semaphore is never closed.
        SlotPermit::Loading { _permit: self.loading.acquire().await.ok() }
    }

    /// Waits for the account's next slot, of at most `max` that it may hold.
    pub(crate) async fn acquire_for_call(&self, account: &Arc<str>, max: usize) -> SlotPermit<'_> {
        let waiter = {
            let mut state = self.state();
            if state.try_acquire(account, max, self.reserved) {
                return SlotPermit::Call { slots: self, account: account.clone() };
            }
            state.enqueue(account, max)
        };
        let mut queued = QueuedCall { slots: self, account, waiter, is_served: false };
        while !queued.waiter.has_slot.load(Ordering::Acquire) {
            queued.waiter.woken.notified().await;
        }
        queued.is_served = true;
        SlotPermit::Call { slots: self, account: account.clone() }
    }

    fn release(&self, account: &Arc<str>) {
        self.state().release(account, self.reserved);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    /// Whether an account that holds `held` slots of at most `max` may have another.
    fn may_acquire(&self, held: usize, max: usize, reserved: usize) -> bool {
        let kept_for_others = if held == 0 { 0 } else { reserved };
        held < max.max(1) && self.free > kept_for_others
    }

    fn try_acquire(&mut self, name: &Arc<str>, max: usize, reserved: usize) -> bool {
        let account = self.accounts.get(name);
        // Within an account the order is first come, first served.
        let is_next = account.is_none_or(|account| account.waiters.is_empty());
        let is_acquired = is_next && self.may_acquire(account.map_or(0, |account| account.held), max, reserved);
        if is_acquired {
            self.accounts.entry(name.clone()).or_default().held += 1;
            self.free -= 1;
        }
        is_acquired
    }

    fn enqueue(&mut self, name: &Arc<str>, max: usize) -> Arc<Waiter> {
        let waiter = Arc::new(Waiter { max, has_slot: AtomicBool::new(false), woken: Notify::new() });
        let account = self.accounts.entry(name.clone()).or_default();
        account.waiters.push_back(waiter.clone());
        if account.waiters.len() == 1 {
            self.waiting.push_back(name.clone());
        }
        waiter
    }

    fn release(&mut self, name: &Arc<str>, reserved: usize) {
        self.free += 1;
        if let Some(account) = self.accounts.get_mut(name) {
            account.held = account.held.saturating_sub(1);
            if account.held == 0 && account.waiters.is_empty() {
                self.accounts.remove(name);
            }
        }
        self.serve_waiters(reserved);
    }

    /// Gives free slots to waiting calls, one account after the other.
    fn serve_waiters(&mut self, reserved: usize) {
        let mut passed_over = 0;
        while self.free > 0 && passed_over < self.waiting.len() {
            let Some(name) = self.waiting.pop_front() else { return };
            let may_acquire = self.accounts.get(&name).is_some_and(|account| {
                account.waiters.front().is_some_and(|first| self.may_acquire(account.held, first.max, reserved))
            });
            let Some(account) = self.accounts.get_mut(&name) else { continue };
            if may_acquire && let Some(first) = account.waiters.pop_front() {
                account.held += 1;
                self.free -= 1;
                first.has_slot.store(true, Ordering::Release);
                first.woken.notify_one();
                passed_over = 0;
            } else {
                passed_over += 1;
            }
            if !account.waiters.is_empty() {
                self.waiting.push_back(name);
            }
        }
    }

    /// Removes a waiter that got no slot.
    fn remove_waiter(&mut self, name: &Arc<str>, waiter: &Arc<Waiter>) {
        let Some(account) = self.accounts.get_mut(name) else { return };
        account.waiters.retain(|one| !Arc::ptr_eq(one, waiter));
        if account.waiters.is_empty() {
            self.waiting.retain(|one| one != name);
            if account.held == 0 {
                self.accounts.remove(name);
            }
        }
    }
}

/// A call in the queue. Dropping it leaves the queue, and releases a slot that it was given meanwhile.
struct QueuedCall<'s, 'a> {
    slots: &'s Slots,
    account: &'a Arc<str>,
    waiter: Arc<Waiter>,
    is_served: bool,
}

impl Drop for QueuedCall<'_, '_> {
    fn drop(&mut self) {
        if self.is_served {
            return;
        }
        let mut state = self.slots.state();
        if self.waiter.has_slot.load(Ordering::Acquire) {
            state.release(self.account, self.slots.reserved);
        } else {
            state.remove_waiter(self.account, &self.waiter);
            // The account's next call may be allowed the slot that this one was not.
            state.serve_waiters(self.slots.reserved);
        }
    }
}

impl Drop for SlotPermit<'_> {
    fn drop(&mut self) {
        if let SlotPermit::Call { slots, account } = self {
            slots.release(account);
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

    /// Acquires all slots that an account gets at once, of at most `max`.
    fn acquire_all<'s>(slots: &'s Slots, account: &Arc<str>, max: usize) -> Vec<SlotPermit<'s>> {
        std::iter::from_fn(|| poll(&mut pin!(slots.acquire_for_call(account, max)))).collect()
    }

    #[test]
    fn an_account_holds_no_more_than_its_own_and_leaves_a_quarter_to_those_that_hold_none() {
        let slots = Slots::new(16);
        assert_eq!(acquire_all(&slots, &account("a"), 6).len(), 6);
        let greedy = acquire_all(&slots, &account("a"), 100);
        assert_eq!(greedy.len(), 12);
        let first: Vec<_> = (0..4).map(|one| acquire_all(&slots, &account(&format!("b{one}")), 100)).collect();
        assert!(first.iter().all(|permits| permits.len() == 1), "each has one of the last quarter, and no more");
        assert!(acquire_all(&slots, &account("c"), 100).is_empty(), "no slot is left");
        drop((greedy, first));
        assert!(slots.state().accounts.is_empty() && slots.state().free == 16);
    }

    #[test]
    fn those_who_wait_are_served_round_robin_between_accounts() {
        let slots = Slots::new(1);
        let (a, b) = (account("a"), account("b"));
        let mut held = acquire_all(&slots, &a, 9);
        let mut many: Vec<_> = (0..3).map(|_| Box::pin(slots.acquire_for_call(&a, 9))).collect();
        many.iter_mut().for_each(|waiting| assert!(poll(&mut waiting.as_mut()).is_none()));
        let mut one = pin!(slots.acquire_for_call(&b, 9));
        assert!(poll(&mut one).is_none());
        held.clear();
        let first = poll(&mut many[0].as_mut()).unwrap();
        assert!(poll(&mut one).is_none());
        drop(first);
        // The other account's call is next, though two calls were queued before it.
        assert!(poll(&mut many[1].as_mut()).is_none());
        drop(poll(&mut one).unwrap());
        drop(poll(&mut many[1].as_mut()).unwrap());
        drop(poll(&mut many[2].as_mut()).unwrap());
    }

    #[test]
    fn who_goes_away_leaves_the_turn_to_the_next() {
        let slots = Slots::new(1);
        let (a, b) = (account("a"), account("b"));
        let held = acquire_all(&slots, &a, 9);
        let mut gone = Box::pin(slots.acquire_for_call(&a, 9));
        let mut next = pin!(slots.acquire_for_call(&b, 9));
        assert!(poll(&mut gone.as_mut()).is_none() && poll(&mut next).is_none());
        drop(held);
        // It was given the slot, and did not see it.
        drop(gone);
        let permit = poll(&mut next).unwrap();
        let waiting = Box::pin(slots.acquire_for_call(&a, 9));
        drop(waiting);
        drop(permit);
        assert!(slots.state().accounts.is_empty() && slots.state().free == 1);
    }
}
