//! Request budget of an application: a permit at once, after a wait, or not in time.
//!
//! The queue's head watches the clock for all waiters, and the others take over if the head is not polled. There is no
//! background task that could end before the waiters do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::ApplicationId;

use super::fair_queue::Waiter;
use super::shared::SharedRate;
use super::state::{Acquire, Limit, Priority, State};
use super::status::BudgetStatus;
use super::{BudgetMap, cooldown};
use crate::diagnostics;

/// The budget shared by an application's accounts.
pub(super) struct Budget {
    application: ApplicationId,
    map: Weak<BudgetMap>,
    /// Whether requests need permits. Without a rate or a pause, this flag is all that a request costs.
    paced: AtomicBool,
    /// Whether there is a pause, current or remembered.
    limited: AtomicBool,
    /// State shared with other processes.
    shared: Option<SharedRate>,
    state: Mutex<State>,
}

/// A permit that was taken.
pub(super) struct BudgetPermit<'a>(&'a Budget, Priority);

impl BudgetPermit<'_> {
    /// Returns the permit unused.
    pub(super) fn give_back(self) {
        let BudgetPermit(budget, priority) = self;
        budget.change(|state, _| state.give_back(priority));
    }
}

impl Budget {
    pub(super) fn new(application: ApplicationId, provider: &str, map: &Arc<BudgetMap>) -> Budget {
        Budget {
            application,
            map: Arc::downgrade(map),
            paced: AtomicBool::new(false),
            limited: AtomicBool::new(false),
            shared: map.shared.as_ref().map(|file| file.of(application)),
            state: Mutex::new(State::new(provider)),
        }
    }

    pub(super) fn add(&self, account: Arc<str>, rate: Option<u32>) -> u64 {
        self.change(|state, now| state.add(account, rate, now))
    }

    pub(super) fn remove(&self, member: u64) {
        self.change(|state, now| state.remove(member, now));
    }

    pub(super) fn is_paced(&self) -> bool {
        self.paced.load(Ordering::Acquire)
    }

    pub(super) fn is_limited(&self) -> bool {
        self.limited.load(Ordering::Acquire)
    }

    /// Waits for a permit; none is needed if nothing is paced. Fails at once if the permit would come after the deadline, with
    /// the time until the permit.
    pub(super) async fn acquire(
        &self,
        priority: Priority,
        account: &Arc<str>,
        deadline: Instant,
    ) -> Result<Option<BudgetPermit<'_>>, Duration> {
        if !self.is_paced() {
            return Ok(None);
        }
        let started = Instant::now();
        let (priority, waiter) = match self.change(|state, now| state.acquire(priority, account, deadline, now)) {
            Acquire::Granted(priority) => return Ok(Some(BudgetPermit(self, priority))),
            Acquire::TooLate(at) => return Err(at.saturating_duration_since(started)),
            Acquire::Queued(priority, waiter) => (priority, waiter),
        };
        let mut queued = QueuedRequest { budget: self, priority, waiter, is_served: false };
        loop {
            let next_check = self.change(|state, now| state.serve(priority, &queued.waiter, now));
            if let Some(verdict) = queued.waiter.verdict.get() {
                queued.is_served = true;
                let permit = Some(BudgetPermit(self, priority));
                return verdict.map(|()| permit).map_err(|at| at.saturating_duration_since(Instant::now()));
            }
            // Checked again after a wake-up and after the timeout alike.
            let _ = tokio::time::timeout_at(next_check.into(), queued.waiter.woken.notified()).await;
        }
    }

    /// Waits until none of these methods is paused. Fails at once if a pause ends after the deadline, with the method and the
    /// length of the pause.
    pub(super) async fn methods_free(&self, methods: &[String], deadline: Instant) -> Result<(), (String, Duration)> {
        while self.is_limited() {
            let now = Instant::now();
            let Some((method, end)) = self.state().paused(methods, now) else { break };
            if end > deadline {
                return Err((method.to_owned(), end.saturating_duration_since(now)));
            }
            tokio::time::sleep_until(end.into()).await;
        }
        Ok(())
    }

    /// Time left of a pause of all requests, or of these methods.
    pub(super) fn pause_left(&self, methods: &[String]) -> Option<Duration> {
        if !self.is_limited() {
            return None;
        }
        self.state().pause_left(methods, Instant::now())
    }

    /// Starts a pause: the provider reported a rate limit to an account.
    pub(super) fn limited(&self, account: &str, limit: Limit<'_>) {
        let (news, provider) = self.change(|state, now| (state.limited(limit, now), state.provider().to_owned()));
        let (method, told) = (limit.method, limit.wait.is_some());
        if limit.wait.is_some_and(|wait| wait > cooldown::LONGEST) {
            let (wanted, longest) = (limit.wait.map(|wait| wait.as_secs()), cooldown::LONGEST.as_secs());
            tracing::warn!(
                target: diagnostics::RATE,
                account,
                provider,
                method,
                wanted,
                longest,
                "the provider asks for a longer pause than the maximum, in seconds"
            );
        }
        if let Some(pause) = news {
            let milliseconds = pause.as_millis();
            tracing::warn!(
                target: diagnostics::RATE,
                account,
                provider,
                method,
                milliseconds,
                told,
                "the provider reports too many requests: nothing is sent until the pause is over"
            );
        }
    }

    /// Records a request that was answered normally.
    pub(super) fn succeeded(&self) {
        if self.is_limited() {
            self.change(State::succeeded);
        }
    }

    pub(super) fn status(&self) -> BudgetStatus {
        self.state().status(Instant::now())
    }

    fn change<T>(&self, change: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.state();
        let now = Instant::now();
        let changed = match self.shared.as_ref().filter(|_| state.has_rate()) {
            None => change(&mut state, now),
            Some(shared) => shared.locked(|shared| {
                if let Some(shared) = shared {
                    state.owe(shared.owed(), now);
                }
                let before = state.owed(now);
                let changed = change(&mut state, now);
                // The rate ends with its last account; permits taken stay taken for other processes.
                if let Some(shared) = shared.filter(|_| state.has_rate() && state.owed(now) != before) {
                    shared.set(state.owed(now));
                }
                changed
            }),
        };
        // Stored under the lock, so that the flags always match the latest state.
        self.paced.store(state.is_paced(now), Ordering::Release);
        self.limited.store(state.is_limited(now), Ordering::Release);
        changed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        if let Some(map) = self.map.upgrade() {
            map.forget(self.application);
        }
    }
}

/// A request in the queue. Dropping it leaves the queue, and gives back a permit that it was granted meanwhile.
struct QueuedRequest<'a> {
    budget: &'a Budget,
    priority: Priority,
    waiter: Arc<Waiter>,
    is_served: bool,
}

impl Drop for QueuedRequest<'_> {
    fn drop(&mut self) {
        if !self.is_served {
            self.budget.change(|state, _| state.remove_waiter(self.priority, &self.waiter));
        }
    }
}
