//! Takes up what nobody knows the end of: repeats it, has the connector look for it, or leaves it to a person.
//!
//! Who sends and looks up is the host's matter: see [`Finisher`]. One task sleeps until something is due. What it is about to do
//! is in the journal, with the time, so that a host that starts goes on where the one before it ended.

use std::sync::{Arc, Weak};
use std::time::Duration;

use stockbridge_model::WriteId;

use crate::LOG_TARGET;
use tokio::task::{AbortHandle, JoinSet};

use super::clock::Moment;
use super::plan::{self, AttemptFeedback};
use super::record::{Intent, Next, RetryTerms, State, WriteStatus};
use super::{Entry, Failpoint, Journal, JournalSlot, StoreError, messages};

/// The most writes that are taken up at the same time.
const AT_ONCE: usize = 16;
/// How long the task sleeps at most: time for which the machine was suspended is noticed then.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);
/// When something is tried again that could not be begun: another task has the write, or the disk failed.
const RETRY_DELAY: Duration = Duration::from_secs(5);
/// How often what has ended long ago is forgotten.
const FORGETTING: Duration = Duration::from_secs(60 * 60);

/// Finishes writes: a host with its accounts.
pub trait Finisher: Sized + Send + Sync + 'static {
    /// What stands for one of its accounts.
    type Account: Send;

    /// The account that finishes this write, where there is one now.
    fn account_for(self: &Arc<Self>, intent: &Intent) -> Option<Self::Account>;

    /// Under what terms an account offers an operation now.
    /// None where it does not offer it, or was removed.
    fn terms(&self, account: &Self::Account, operation: &str) -> Option<RetryTerms>;

    /// Sends a write again, under its reference, and records the outcome.
    fn repeat(&self, account: Self::Account, entry: Box<Entry>) -> impl Future<Output = ()> + Send;

    /// Has the connector look for a write, and records what it found.
    ///
    /// # Errors
    /// It could not be recorded.
    fn look_up(
        &self,
        account: Self::Account,
        entry: Box<Entry>,
        standing: &WriteStatus,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Runs something as a write of any caller, so that the host's end waits for it. Nothing where the host has ended, and
    /// where it was cut off.
    fn as_a_write<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send;
}

/// The task. It ends when this is dropped.
pub struct Recovery(AbortHandle);

impl Recovery {
    /// Begins with what is due. The host is not kept.
    pub fn begin<F: Finisher>(host: &Arc<F>, journal: &JournalSlot) -> Recovery {
        Recovery(tokio::spawn(run(Arc::downgrade(host), Arc::clone(journal))).abort_handle())
    }

    /// Takes up nothing more.
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
        if forgotten.is_none_or(|at: tokio::time::Instant| at.elapsed() > FORGETTING) {
            forgotten = Some(tokio::time::Instant::now());
            working.spawn(forget(journal.clone()));
        }
        while working.len() < AT_ONCE
            && let Some(id) = journal.schedule.take()
        {
            let Some(host) = host.upgrade() else { return };
            working.spawn(take_up(host, journal.clone(), id));
        }
        let sleep = if working.len() < AT_ONCE { journal.schedule.sleep() } else { None };
        let sleep = sleep.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP);
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
            "writes that ended long ago are forgotten"
        );
    }
}

async fn take_up<F: Finisher>(host: Arc<F>, journal: Arc<Journal>, id: WriteId) {
    let (its, of) = (host.clone(), journal.clone());
    // What was not begun is begun by the next host.
    let Some(done) = host.as_a_write(async move { attempt(&its, &of, id).await }).await else { return };
    if let Err(error) = done {
        tracing::error!(target: LOG_TARGET, write = %id, %error, "a write cannot be taken up, and is tried again");
        journal.schedule.look_again(id, RETRY_DELAY);
    }
}

/// Records of the writes whose tasks were ended that nobody knows what became of them. How many those are.
pub async fn note_interrupted(journal: &Arc<Journal>) -> Result<usize, StoreError> {
    let mut noted = 0;
    for (id, _) in journal.store().open().await? {
        let Some((intent, standing)) = journal.read(id).await? else { continue };
        let (State::Sending, Ok(claim)) = (&standing.state, journal.claims.claim([intent.name()])) else { continue };
        let next = plan::next(&standing, journal.clock.moment(), journal.waits, AttemptFeedback::default());
        let state = State::Unknown { failure: messages::interrupted(), next };
        Entry::again(journal, claim, id, intent, standing).become_state(state).await?;
        noted += 1;
    }
    Ok(noted)
}

/// Does what is due for one write.
async fn attempt<F: Finisher>(host: &Arc<F>, journal: &Arc<Journal>, id: WriteId) -> Result<(), StoreError> {
    let Some((intent, _)) = journal.read(id).await? else { return Ok(()) };
    let Ok(claim) = journal.claims.claim([intent.name()]) else {
        journal.schedule.look_again(id, RETRY_DELAY);
        return Ok(());
    };
    // Read again: whoever had it until now may have ended it.
    let Some((intent, standing)) = journal.read(id).await? else { return Ok(()) };
    let now = journal.clock.moment();
    let (failure, next) = match &standing.state {
        State::Applied { .. } | State::NotApplied { .. } => return Ok(()),
        State::Sending => (messages::interrupted(), None),
        State::Unknown { failure, next } => (failure.clone(), Some(next.clone())),
    };
    journal.at(Failpoint::TakenUp);
    let entry = Box::new(Entry::again(journal, claim, id, intent.clone(), standing.clone()));
    let due = match next {
        None => Due::Otherwise(plan::next(&standing, now, journal.waits, AttemptFeedback::default())),
        Some(next) => Due::of(host, journal, &intent, (id, &standing), next, now),
    };
    match due {
        Due::Nothing => entry.left(),
        Due::NotYet(left) => {
            entry.left();
            journal.schedule.look_again(id, left);
        }
        Due::Otherwise(next) => {
            tracing::info!(target: LOG_TARGET, write = %id, account = intent.account, ?next, "nobody knows what became of a write");
            entry.become_state(State::Unknown { failure, next }).await?;
        }
        Due::Repeat(account) => host.repeat(account, entry).await,
        Due::LookUp(account) => host.look_up(account, entry, &standing).await?,
    }
    Ok(())
}

/// What is to be done for a write.
enum Due<A> {
    /// It waits for a person.
    Nothing,
    /// After this time.
    NotYet(Duration),
    /// Another thing than was planned.
    Otherwise(Next),
    Repeat(A),
    LookUp(A),
}

impl<A> Due<A> {
    fn of<F: Finisher<Account = A>>(
        host: &Arc<F>,
        journal: &Arc<Journal>,
        intent: &Intent,
        (id, standing): (WriteId, &WriteStatus),
        next: Next,
        now: Moment,
    ) -> Due<A> {
        let Some(at) = next.at() else { return Due::Nothing };
        let left = journal.schedule.left(id, at, standing.since, now.wall);
        if !left.is_zero() {
            return Due::NotYet(left);
        }
        let repeats = matches!(next, Next::Repeat { .. });
        if repeats && !plan::may_repeat(standing, now) {
            return Due::Otherwise(plan::instead(standing, now, journal.waits));
        }
        let Some(account) = host.account_for(intent) else {
            // It stays in the list of what is open: an account may come with the next configuration.
            tracing::warn!(target: LOG_TARGET, account = intent.account, reference = %intent.write.reference(), "no account can find out what became of a write");
            return Due::NotYet(journal.waits.longest);
        };
        if !repeats {
            return Due::LookUp(account);
        }
        // By another method, or to a connector that promises less, the provider might take it for another one.
        let offered = host.terms(&account, &intent.operation);
        // One that the journal has from before a gap may have been sent again in it, and settled.
        let in_a_gap = journal.gap_for(&intent.account).is_some_and(|gap| standing.epoch < gap.epoch);
        let as_before = !in_a_gap
            && offered.is_some_and(|offered| {
                offered.methods == standing.terms.methods
                    && plan::may_repeat(&WriteStatus { terms: offered, ..standing.clone() }, now)
            });
        if as_before { Due::Repeat(account) } else { Due::Otherwise(plan::instead(standing, now, journal.waits)) }
    }
}
