//! Recovery of writes of unknown outcome: repeats them, has the connector look them up, or leaves them to an operator.
//!
//! The host sends and looks up: see [`Finisher`]. One task sleeps until something is due. Its next step is in the journal,
//! with the time, so that a new host continues where the one before it ended.

use std::sync::{Arc, Weak};
use std::time::Duration;

use stockbridge_model::WriteId;

use crate::LOG_TARGET;
use tokio::task::{AbortHandle, JoinSet};

use super::clock::Moment;
use super::plan::{self, AttemptFeedback};
use super::record::{Intent, Next, RetryTerms, State, WriteStatus};
use super::{Entry, Failpoint, Journal, JournalSlot, StoreError, messages};

/// Maximum number of writes worked on at the same time.
const MAX_CONCURRENT: usize = 16;
/// Maximum sleep of the task, after which it notices time that passed while the machine was suspended.
const MAX_SLEEP: Duration = Duration::from_secs(10);
/// Delay before an attempt that could not begin is made again: another task has the write, or the disk failed.
const RETRY_DELAY: Duration = Duration::from_secs(5);
/// Interval of forgetting old ended writes.
const FORGET_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Finishes writes: a host with its accounts.
pub trait Finisher: Sized + Send + Sync + 'static {
    /// Handle to one of its accounts.
    type Account: Send;

    /// The account that finishes this write, if there is one now.
    fn account_for(self: &Arc<Self>, intent: &Intent) -> Option<Self::Account>;

    /// Terms under which an account offers an operation now; none where it does not offer it, or was removed.
    fn terms(&self, account: &Self::Account, operation: &str) -> Option<RetryTerms>;

    /// Sends a write again, under its reference, and records the outcome.
    fn repeat(&self, account: Self::Account, entry: Box<Entry>) -> impl Future<Output = ()> + Send;

    /// Has the connector look up a write, and records the result.
    ///
    /// # Errors
    /// The result could not be recorded.
    fn look_up(
        &self,
        account: Self::Account,
        entry: Box<Entry>,
        status: &WriteStatus,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Runs work like a caller's write, so that the host's shutdown waits for it. None where the host has ended, and
    /// where the work was cut off.
    fn as_a_write<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send;
}

/// The recovery task. It ends when this is dropped.
pub struct Recovery(AbortHandle);

impl Recovery {
    /// Begins with what is due. Holds no strong reference to the host.
    pub fn begin<F: Finisher>(host: &Arc<F>, journal: &JournalSlot) -> Recovery {
        Recovery(tokio::spawn(run(Arc::downgrade(host), Arc::clone(journal))).abort_handle())
    }

    /// Takes up no more writes.
    pub fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Recovery {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run<F: Finisher>(host: Weak<F>, journal: Arc<Journal>) {
    let (mut working, mut forgotten) = (JoinSet::new(), None);
    loop {
        if forgotten.is_none_or(|at: tokio::time::Instant| at.elapsed() > FORGET_INTERVAL) {
            forgotten = Some(tokio::time::Instant::now());
            working.spawn(forget(journal.clone()));
        }
        while working.len() < MAX_CONCURRENT
            && let Some(id) = journal.schedule.take()
        {
            let Some(host) = host.upgrade() else { return };
            working.spawn(take_up(host, journal.clone(), id));
        }
        let sleep = if working.len() < MAX_CONCURRENT { journal.schedule.sleep() } else { None };
        let sleep = sleep.unwrap_or(MAX_SLEEP).min(MAX_SLEEP);
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = journal.schedule.wake.notified() => {}
            Some(_) = working.join_next() => {}
        }
    }
}

async fn forget(journal: Arc<Journal>) {
    let since = journal.ageing.now().earlier(journal.keep);
    let mut writes = 0;
    while let Ok(forgotten @ 1..) = journal.store().forget(since).await {
        writes += forgotten;
        tokio::task::yield_now().await;
    }
    if writes > 0 {
        journal.shares.forgotten();
        tracing::info!(
            target: LOG_TARGET,
            writes,
            kept_for_days = journal.keep.as_secs() / (24 * 60 * 60),
            "old ended writes are forgotten"
        );
    }
}

async fn take_up<F: Finisher>(host: Arc<F>, journal: Arc<Journal>, id: WriteId) {
    let (its, of) = (host.clone(), journal.clone());
    // The next host begins what was not begun here.
    let Some(done) = host.as_a_write(async move { attempt(&its, &of, id).await }).await else { return };
    if let Err(error) = done {
        tracing::error!(target: LOG_TARGET, write = %id, %error, "the recovery of a write failed, and is tried again");
        journal.schedule.look_again(id, RETRY_DELAY);
    }
}

/// Records the writes whose tasks were aborted as of unknown outcome. Returns their number.
pub async fn note_interrupted(journal: &Arc<Journal>) -> Result<usize, StoreError> {
    let mut noted = 0;
    for (id, _) in journal.store().open().await? {
        let Some((intent, status)) = journal.read(id).await? else { continue };
        let (State::Sending, Ok(claim)) = (&status.state, journal.claims.claim([intent.name()])) else { continue };
        let next = plan::next(&status, journal.clock.moment(), journal.waits, AttemptFeedback::default());
        let state = State::Unknown { failure: messages::interrupted(), next };
        Entry::existing(journal, claim, id, intent, status).become_state(state).await?;
        noted += 1;
    }
    Ok(noted)
}

/// Takes the step that is due for one write.
async fn attempt<F: Finisher>(host: &Arc<F>, journal: &Arc<Journal>, id: WriteId) -> Result<(), StoreError> {
    let Some((intent, _)) = journal.read(id).await? else { return Ok(()) };
    let Ok(claim) = journal.claims.claim([intent.name()]) else {
        journal.schedule.look_again(id, RETRY_DELAY);
        return Ok(());
    };
    // Read again: the previous holder of the lock may have ended it.
    let Some((intent, status)) = journal.read(id).await? else { return Ok(()) };
    let now = journal.clock.moment();
    let (failure, next) = match &status.state {
        State::Applied { .. } | State::NotApplied { .. } => return Ok(()),
        State::Sending => (messages::interrupted(), None),
        State::Unknown { failure, next } => (failure.clone(), Some(next.clone())),
    };
    journal.at(Failpoint::TakenUp);
    let entry = Box::new(Entry::existing(journal, claim, id, intent.clone(), status.clone()));
    let due = match next {
        None => Due::Replan(plan::next(&status, now, journal.waits, AttemptFeedback::default())),
        Some(next) => Due::of(host, journal, &intent, (id, &status), next, now),
    };
    match due {
        Due::Nothing => entry.release(),
        Due::NotYet(left) => {
            entry.release();
            journal.schedule.look_again(id, left);
        }
        Due::Replan(next) => {
            tracing::info!(target: LOG_TARGET, write = %id, account = intent.account, ?next, "a write has an unknown outcome");
            entry.become_state(State::Unknown { failure, next }).await?;
        }
        Due::Repeat(account) => host.repeat(account, entry).await,
        Due::LookUp(account) => host.look_up(account, entry, &status).await?,
    }
    Ok(())
}

/// Step that is due for a write.
enum Due<A> {
    /// None: it waits for an operator.
    Nothing,
    /// Nothing until this time has passed.
    NotYet(Duration),
    /// Another step than planned.
    Replan(Next),
    Repeat(A),
    LookUp(A),
}

impl<A> Due<A> {
    fn of<F: Finisher<Account = A>>(
        host: &Arc<F>,
        journal: &Arc<Journal>,
        intent: &Intent,
        (id, status): (WriteId, &WriteStatus),
        next: Next,
        now: Moment,
    ) -> Due<A> {
        let Some(at) = next.at() else { return Due::Nothing };
        let left = journal.schedule.left(id, at, status.since, now.wall);
        if !left.is_zero() {
            return Due::NotYet(left);
        }
        let repeats = matches!(next, Next::Repeat { .. });
        if repeats && !plan::may_repeat(status, now) {
            return Due::Replan(plan::replan(status, now, journal.waits));
        }
        let Some(account) = host.account_for(intent) else {
            // It stays open: an account may come with the next configuration.
            tracing::warn!(target: LOG_TARGET, account = intent.account, reference = %intent.write.reference(), "no account can look up a write of unknown outcome");
            return Due::NotYet(journal.waits.longest);
        };
        if !repeats {
            return Due::LookUp(account);
        }
        // By another method, or a connector that promises less, the provider might take it for another write.
        let offered = host.terms(&account, &intent.operation);
        // A write recorded before a gap may have been sent again in it, and settled.
        let in_a_gap = journal.gap_for(&intent.account).is_some_and(|gap| status.epoch < gap.epoch);
        let as_before = !in_a_gap
            && offered.is_some_and(|offered| {
                offered.methods == status.terms.methods
                    && plan::may_repeat(&WriteStatus { terms: offered, ..status.clone() }, now)
            });
        if as_before { Due::Repeat(account) } else { Due::Replan(plan::replan(status, now, journal.waits)) }
    }
}
