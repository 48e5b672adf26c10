//! Rate limiting: a request budget for each application, shared by its accounts and the versions of their connectors. Each
//! request needs a permit, and limits that the provider reports are respected.
//!
//! | module | what it is responsible for |
//! |---|---|
//! | `bucket` | the rate and its burst |
//! | `fair_queue` | the order of waiting requests |
//! | `cooldown` | the pause after the provider reported a rate limit |
//! | `state` | the decisions of a budget, without a clock |
//! | `budget` | waiting for a permit of a budget |
//! | `shared` | the budget state shared between processes, in sequence or in parallel |

mod bucket;
mod budget;
mod cooldown;
mod fair_queue;
mod shared;
mod state;
mod status;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use budget::{Budget, BudgetPermit};
use shared::RateFile;
pub(crate) use state::{Limit, Priority};
pub use status::BudgetStatus;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::ApplicationId;

/// A quarter of a request's time is reserved for its answer, up to a maximum. A write sent at the last moment would be applied
/// without its answer arriving in time; refused before sending, it is known not applied.
const ANSWER_RESERVE_DIVISOR: u32 = 4;
/// Maximum reserve for an answer.
const MAX_ANSWER_RESERVE: Duration = Duration::from_secs(5);

/// The part of this time that is reserved for the answer: a request with less time left is not sent.
pub(crate) fn for_answer(time: Duration) -> Duration {
    (time / ANSWER_RESERVE_DIVISOR).min(MAX_ANSWER_RESERVE)
}

/// The budgets of a host. Clones share them. A budget is dropped with the last account of its application.
#[derive(Clone, Default)]
pub(crate) struct Budgets(Arc<BudgetMap>);

#[derive(Default)]
struct BudgetMap {
    budgets: Mutex<HashMap<ApplicationId, Weak<Budget>>>,
    shared: Option<RateFile>,
}

impl BudgetMap {
    fn budgets(&self) -> MutexGuard<'_, HashMap<ApplicationId, Weak<Budget>>> {
        self.budgets.lock()
    }

    /// Removes a dropped budget, unless its application already has a new one.
    fn forget(&self, application: ApplicationId) {
        let mut budgets = self.budgets();
        if budgets.get(&application).is_some_and(|budget| budget.strong_count() == 0) {
            budgets.remove(&application);
        }
    }
}

impl Budgets {
    /// The budgets of a host with this journal. A file beside the journal shares their state with other processes.
    pub(crate) fn beside(journal: &Path) -> Budgets {
        Budgets(Arc::new(BudgetMap { budgets: Mutex::default(), shared: Some(RateFile::beside(journal)) }))
    }

    /// Adds an account to the budget of its application. `rate`: the account's limit in requests a minute.
    ///
    /// An account that belongs to several applications uses all of their budgets, so that it shares one with each account of
    /// these applications.
    pub(crate) fn join(
        &self,
        applications: &[ApplicationId],
        provider: &str,
        account: &str,
        rate: Option<u32>,
    ) -> Pacer {
        let account: Arc<str> = account.into();
        let parts = applications.iter().map(|application| {
            let existing = self.0.budgets().get(application).and_then(Weak::upgrade);
            let budget = existing.unwrap_or_else(|| self.create(*application, provider));
            Part { member: budget.add(account.clone(), rate), budget }
        });
        Pacer { parts: parts.collect(), account }
    }

    fn create(&self, application: ApplicationId, provider: &str) -> Arc<Budget> {
        let mut budgets = self.0.budgets();
        // Another account of the application may have created it meanwhile.
        if let Some(budget) = budgets.get(&application).and_then(Weak::upgrade) {
            return budget;
        }
        let budget = Arc::new(Budget::new(application, provider, &self.0));
        budgets.insert(application, Arc::downgrade(&budget));
        budget
    }

    /// Status of all budgets, sorted by provider and accounts.
    pub(crate) fn status(&self) -> Vec<BudgetStatus> {
        // The budgets are kept until the lock is released, because dropping one takes the lock.
        let budgets: Vec<_> = self.0.budgets().values().filter_map(Weak::upgrade).collect();
        let mut status: Vec<_> = budgets.iter().map(|budget| budget.status()).collect();
        status.sort_by(|one, other| (&one.provider, &one.accounts).cmp(&(&other.provider, &other.accounts)));
        status
    }
}

/// An account's part in the budgets of its applications; usually there is one.
pub(crate) struct Pacer {
    parts: Box<[Part]>,
    account: Arc<str>,
}

struct Part {
    budget: Arc<Budget>,
    member: u64,
}

/// Permission to send one request now.
#[derive(Default)]
pub(crate) struct Permit<'a>(Vec<BudgetPermit<'a>>);

impl Permit<'_> {
    /// Returns the permit unused.
    pub(crate) fn give_back(self) {
        self.0.into_iter().for_each(BudgetPermit::give_back);
    }
}

impl Pacer {
    /// Whether a permit may take time. Without a rate or a pause, it is granted at once.
    pub(crate) fn is_paced(&self) -> bool {
        self.parts.iter().any(|part| part.budget.is_paced())
    }

    /// Whether the provider reported a rate limit that is not forgotten yet.
    pub(crate) fn is_limited(&self) -> bool {
        self.parts.iter().any(|part| part.budget.is_limited())
    }

    /// Waits for a permit to send a request.
    ///
    /// # Errors
    /// The permit would come after the deadline. Returned at once, with the time until the permit.
    pub(crate) async fn acquire(&self, priority: Priority, deadline: Instant) -> Result<Permit<'_>, Duration> {
        let mut permit = Permit::default();
        for part in &self.parts {
            match part.budget.acquire(priority, &self.account, deadline).await {
                Ok(acquired) => permit.0.extend(acquired),
                Err(wait) => {
                    permit.give_back();
                    return Err(wait);
                }
            }
        }
        Ok(permit)
    }

    /// Waits until none of these methods of the provider is paused.
    ///
    /// # Errors
    /// A pause ends after the deadline. Returned at once, with the method and the length of its pause.
    pub(crate) async fn methods_free(&self, methods: &[String], deadline: Instant) -> Result<(), (String, Duration)> {
        for part in &self.parts {
            part.budget.methods_free(methods, deadline).await?;
        }
        Ok(())
    }

    /// Time left of a pause of all requests, or of these methods: an earlier attempt would be refused.
    pub(crate) fn pause_left(&self, methods: &[String]) -> Option<Duration> {
        self.parts.iter().filter_map(|part| part.budget.pause_left(methods)).max()
    }

    /// Starts a pause: the provider reported a rate limit.
    pub(crate) fn limited(&self, limit: Limit<'_>) {
        self.parts.iter().for_each(|part| part.budget.limited(&self.account, limit));
    }

    /// Records a request that was answered normally.
    pub(crate) fn succeeded(&self) {
        self.parts.iter().for_each(|part| part.budget.succeeded());
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.budget.remove(self.member);
    }
}

#[cfg(test)]
mod tests;
