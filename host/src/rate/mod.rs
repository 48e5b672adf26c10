//! How much is asked of a provider: a budget for each application, shared by its accounts and the versions of their
//! connectors. Requests take their turn at it, and what the provider says of its limits is kept to.
//!
//! | where | what |
//! |---|---|
//! | `bucket` | how often |
//! | `fair_queue` | who is next |
//! | `cooldown` | how long nothing is sent after the provider said that it was too much |
//! | `state` | all of that together, without a clock |
//! | `budget` | the same as requests meet it |
//! | `shared` | what commands in a row, and processes side by side, know of one another |

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

use budget::{Budget, BudgetTurn};
use shared::RateFile;
pub(crate) use state::{Limit, Priority};
pub use status::BudgetStatus;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::ApplicationId;

/// Which part of a request's time is for its answer: a quarter, and this at the most. A write that is sent with a moment
/// left is carried out without anybody hearing of it, where it could have been refused with nothing sent.
const ANSWER_RESERVE_DIVISOR: u32 = 4;
const LONGEST_ANSWERING: Duration = Duration::from_secs(5);

/// How much of this time a request keeps for its answer: it is not sent when less is left.
pub(crate) fn for_answer(time: Duration) -> Duration {
    (time / ANSWER_RESERVE_DIVISOR).min(LONGEST_ANSWERING)
}

/// The budgets of a host. Clones share them. One is forgotten with the last account of its application.
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

    /// Forgets a budget that is gone, unless there is another one for its application already.
    fn forget(&self, application: ApplicationId) {
        let mut budgets = self.budgets();
        if budgets.get(&application).is_some_and(|budget| budget.strong_count() == 0) {
            budgets.remove(&application);
        }
    }
}

impl Budgets {
    /// Those of a host whose journal is this file: other processes find beside it what is asked of a provider.
    pub(crate) fn beside(journal: &Path) -> Budgets {
        Budgets(Arc::new(BudgetMap { budgets: Mutex::default(), shared: Some(RateFile::beside(journal)) }))
    }

    /// An account's part in the budget of its application. `rate`: the requests a minute that it asks to keep to.
    ///
    /// An account that is known by several applications keeps to all of their budgets, so that it has one in common with each
    /// account that shares with it.
    pub(crate) fn join(
        &self,
        applications: &[ApplicationId],
        provider: &str,
        account: &str,
        rate: Option<u32>,
    ) -> Pacer {
        let account: Arc<str> = account.into();
        let parts = applications.iter().map(|application| {
            let there = self.0.budgets().get(application).and_then(Weak::upgrade);
            let budget = there.unwrap_or_else(|| self.begin(*application, provider));
            Part { member: budget.add(account.clone(), rate), budget }
        });
        Pacer { parts: parts.collect(), account }
    }

    fn begin(&self, application: ApplicationId, provider: &str) -> Arc<Budget> {
        let mut budgets = self.0.budgets();
        // Another account of the application may have been faster.
        if let Some(budget) = budgets.get(&application).and_then(Weak::upgrade) {
            return budget;
        }
        let budget = Arc::new(Budget::new(application, provider, &self.0));
        budgets.insert(application, Arc::downgrade(&budget));
        budget
    }

    /// All of them, by provider and accounts.
    pub(crate) fn status(&self) -> Vec<BudgetStatus> {
        // They are held until the lock is let go: one that ends takes it.
        let budgets: Vec<_> = self.0.budgets().values().filter_map(Weak::upgrade).collect();
        let mut status: Vec<_> = budgets.iter().map(|budget| budget.status()).collect();
        status.sort_by(|one, other| (&one.provider, &one.accounts).cmp(&(&other.provider, &other.accounts)));
        status
    }
}

/// An account's part in the budget of its application; in those of all by which it is known, where there are several.
pub(crate) struct Pacer {
    parts: Box<[Part]>,
    account: Arc<str>,
}

struct Part {
    budget: Arc<Budget>,
    member: u64,
}

/// That a request may go now.
#[derive(Default)]
pub(crate) struct Turn<'a>(Vec<BudgetTurn<'a>>);

impl Turn<'_> {
    /// Nothing is sent with it after all.
    pub(crate) fn give_back(self) {
        self.0.into_iter().for_each(BudgetTurn::give_back);
    }
}

impl Pacer {
    /// Whether a turn may take time. Where there is neither a rate nor a pause, it is there at once.
    pub(crate) fn is_paced(&self) -> bool {
        self.parts.iter().any(|part| part.budget.is_paced())
    }

    /// Whether the provider said that it was too much, and that is not forgotten yet.
    pub(crate) fn is_limited(&self) -> bool {
        self.parts.iter().any(|part| part.budget.is_limited())
    }

    /// Waits for a turn to send a request.
    ///
    /// # Errors
    /// It would come after the deadline: how long it would be till then. Nobody waits for that.
    pub(crate) async fn turn(&self, share: Priority, deadline: Instant) -> Result<Turn<'_>, Duration> {
        let mut turn = Turn::default();
        for part in &self.parts {
            match part.budget.turn(share, &self.account, deadline).await {
                Ok(taken) => turn.0.extend(taken),
                Err(wait) => {
                    turn.give_back();
                    return Err(wait);
                }
            }
        }
        Ok(turn)
    }

    /// Waits until none of these methods of the provider is paused.
    ///
    /// # Errors
    /// One is until after the deadline: which, and how long. Nobody waits for that.
    pub(crate) async fn methods_free(&self, methods: &[String], deadline: Instant) -> Result<(), (String, Duration)> {
        for part in &self.parts {
            part.budget.methods_free(methods, deadline).await?;
        }
        Ok(())
    }

    /// How long nothing is sent, or nothing by any of these methods: there is no use in trying before.
    pub(crate) fn pause_left(&self, methods: &[String]) -> Option<Duration> {
        self.parts.iter().filter_map(|part| part.budget.pause_left(methods)).max()
    }

    /// The provider said that it was too much.
    pub(crate) fn limited(&self, limit: Limit<'_>) {
        self.parts.iter().for_each(|part| part.budget.limited(&self.account, limit));
    }

    /// A request was answered as it should be.
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
