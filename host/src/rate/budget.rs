//! The budget of an application, as requests meet it: a turn at once, after a wait, or not in time.
//!
//! Whoever is next watches the clock for all, and the others see to it where that one does not: there is no task behind
//! it that could end before those who wait.

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

/// What the accounts of an application share.
pub(super) struct Budget {
    application: ApplicationId,
    known: Weak<BudgetMap>,
    /// Whether a turn has to be looked for. Where there is neither a rate nor a pause, this is all that a turn costs.
    paced: AtomicBool,
    /// Whether there is a pause, or one to remember.
    limited: AtomicBool,
    /// What other processes take, and are told.
    shared: Option<SharedRate>,
    state: Mutex<State>,
}

/// A turn that was taken.
pub(super) struct BudgetTurn<'a>(&'a Budget, Priority);

impl BudgetTurn<'_> {
    /// Nothing is sent with it after all.
    pub(super) fn give_back(self) {
        let BudgetTurn(budget, share) = self;
        budget.change(|state, _| state.give_back(share));
    }
}

impl Budget {
    pub(super) fn new(application: ApplicationId, provider: &str, known: &Arc<BudgetMap>) -> Budget {
        Budget {
            application,
            known: Arc::downgrade(known),
            paced: AtomicBool::new(false),
            limited: AtomicBool::new(false),
            shared: known.shared.as_ref().map(|file| file.of(application)),
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

    /// Waits for a turn; none is needed where nothing is paced. One that would come after the deadline is not waited for: then,
    /// how long it would be till then.
    pub(super) async fn turn(
        &self,
        share: Priority,
        account: &Arc<str>,
        deadline: Instant,
    ) -> Result<Option<BudgetTurn<'_>>, Duration> {
        if !self.is_paced() {
            return Ok(None);
        }
        let begun = Instant::now();
        let (share, waiter) = match self.change(|state, now| state.enter(share, account, deadline, now)) {
            Acquire::Granted(share) => return Ok(Some(BudgetTurn(self, share))),
            Acquire::TooLate(turn) => return Err(turn.saturating_duration_since(begun)),
            Acquire::Queued(share, waiter) => (share, waiter),
        };
        let mut place = Place { budget: self, share, waiter, is_left: false };
        loop {
            let look = self.change(|state, now| state.serve(share, &place.waiter, now));
            if let Some(verdict) = place.waiter.verdict.get() {
                place.is_left = true;
                let turn = Some(BudgetTurn(self, share));
                return verdict.map(|()| turn).map_err(|turn| turn.saturating_duration_since(Instant::now()));
            }
            // Woken or not, it looks again.
            let _ = tokio::time::timeout_at(look.into(), place.waiter.woken.notified()).await;
        }
    }

    /// Waits until none of these methods is paused. One whose pause ends after the deadline is not waited for: then,
    /// which one it is and how long it lasts.
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

    /// How long nothing is sent, or nothing by any of these methods.
    pub(super) fn pause_left(&self, methods: &[String]) -> Option<Duration> {
        if !self.is_limited() {
            return None;
        }
        self.state().pause_left(methods, Instant::now())
    }

    /// The provider told an account that it was too much.
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
                "the provider wants to be left alone for longer than a pause may be, in seconds"
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
                "too many requests, the provider says: nothing is sent until the pause is over"
            );
        }
    }

    /// A request was answered as it should be.
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
                // With its last account goes the rate, and what was taken stays taken.
                if let Some(shared) = shared.filter(|_| state.has_rate() && state.owed(now) != before) {
                    shared.set(state.owed(now));
                }
                changed
            }),
        };
        // Under the lock: what is told last is what is so.
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
        if let Some(known) = self.known.upgrade() {
            known.forget(self.application);
        }
    }
}

/// A place in the queue. One that is dropped is free for others, and its turn with it.
struct Place<'a> {
    budget: &'a Budget,
    share: Priority,
    waiter: Arc<Waiter>,
    is_left: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if !self.is_left {
            self.budget.change(|state, _| state.leave(self.share, &self.waiter));
        }
    }
}
