//! An account as an application uses it: a cheap handle with the four operations.

use std::sync::Arc;

use stockbridge_journal::{
    AttemptFailure, Entry, Intent, JournalError, RetryTerms, Sought, StoreError, WriteRecord, WriteStatus,
};
use stockbridge_model::boot_clock::BootStamp;
use stockbridge_model::{
    AdjustmentOrder, Attempt, Descriptor, Digest, OccupationOrder, OperationSupport, Outcome, Receipt, Reference,
    Resolution, StockPage, StockQuery, TransferOrder, Write,
};

use super::state::HostState;
use crate::box_future::BoxFuture;
use crate::error::{Error, WriteFailure};
use crate::rollout::AccountSlot;
use crate::sandbox::fair_share::FairShare;
use crate::session::observed::{Caller, Observed};
use crate::session::write_tasks::TaskLost;
use crate::session::{Call, CallOptions, VersionPin, read, write};

/// One configured use of a connector. Cloning it is cheap.
///
/// It stays good while its configuration changes and its connector is swapped: a call runs on what serves the account
/// when it begins. While the account is removed from the configuration, its calls fail with `account.removed`; it serves
/// again when an account of its name is back.
#[derive(Clone)]
pub struct Account {
    state: Arc<HostState>,
    slot: Arc<AccountSlot>,
    options: Arc<CallOptions>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Account").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Account {
    pub(crate) fn new(state: Arc<HostState>, slot: Arc<AccountSlot>) -> Account {
        Account { state, slot, options: Arc::default() }
    }

    /// The same account, for calls with these options.
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Account {
        Account { options: Arc::new(options), ..self.clone() }
    }

    /// The account's name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.slot.name
    }

    /// What the connector is that serves the account now.
    ///
    /// # Errors
    /// The account was removed.
    pub fn descriptor(&self) -> Result<Arc<Descriptor>, Error> {
        Ok(self.slot.serving()?.connector.descriptor.clone())
    }

    /// Which version of the connector serves the account now.
    ///
    /// # Errors
    /// The account was removed.
    pub fn digest(&self) -> Result<Digest, Error> {
        Ok(self.slot.serving()?.connector.digest)
    }

    /// What that version calls itself, where it says so: a line for people.
    ///
    /// # Errors
    /// The account was removed.
    pub fn version(&self) -> Result<Option<String>, Error> {
        Ok(self.slot.serving()?.connector.version.clone())
    }

    /// What the account can do with what serves it now.
    ///
    /// # Errors
    /// The account was removed.
    pub fn operations(&self) -> Result<Arc<[OperationSupport]>, Error> {
        Ok(self.slot.serving()?.operations.clone())
    }

    /// Whether the provider accepts the account: a cheap request that changes nothing.
    ///
    /// # Errors
    /// What the provider, or the way to it, said instead.
    pub async fn check(&self) -> Result<(), Error> {
        let seen = self.caller().reads("check");
        let checking = seen.in_span(|| async { read::check(self.begin()?, &seen).await });
        let came = checking.await;
        seen.read(came)
    }

    /// One page of stock. [`Account::pages`] gives all of them.
    ///
    /// # Errors
    /// The query is wrong, the account cannot answer it, or the provider or the way to it failed.
    pub async fn query(&self, query: StockQuery) -> Result<StockPage, Error> {
        self.page(self.begin(), &query).await
    }

    /// A page, on the version that the call is on.
    pub(crate) async fn page(&self, call: Result<Call, Error>, query: &StockQuery) -> Result<StockPage, Error> {
        let seen = self.caller().reads("query");
        let came = seen.in_span(|| async { read::page(call?, query, &seen).await }).await;
        seen.read(came)
    }

    /// Moves stock from one warehouse to another.
    ///
    /// The write belongs to the host: dropping this future does not end it, and what became of it is in the host's
    /// [journal](crate::journal). The same order again, under its reference, gives what was recorded, and sends nothing.
    ///
    /// # Errors
    /// [`WriteFailure::NotApplied`]: nothing was carried out; whether the same order may do later, or what has to be mended
    /// first, is in the error's class. [`WriteFailure::Unknown`]: it may have been carried out; the
    /// host finds out as far as the provider tells, and asking again under the same reference gives what it found.
    pub async fn transfer(&self, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        self.write(order).await
    }

    /// Changes what stock is, or how much of it there is. As [`Account::transfer`].
    ///
    /// # Errors
    /// As [`Account::transfer`].
    pub async fn adjust(&self, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        self.write(order).await
    }

    /// Holds stock. As [`Account::transfer`].
    ///
    /// # Errors
    /// As [`Account::transfer`].
    pub async fn occupy(&self, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        self.write(order).await
    }

    /// A transfer, an adjustment or an occupation.
    ///
    /// # Errors
    /// As [`Account::transfer`].
    pub async fn write(&self, write: impl Into<Write>) -> Result<Receipt, WriteFailure> {
        let (account, write) = (self.clone(), write.into());
        let operation = write.operation();
        // The caller's span is its parent: the task has none.
        let span = self.caller().span(operation, Some(write.reference()));
        let (ordered, its) = (write.clone(), span.clone());
        let task: BoxFuture<'_, _> = Box::pin(async move {
            let seen = account.caller().writes(operation, its);
            let came = seen.in_span(|| account.execute_write(ordered, &seen)).await;
            seen.wrote(came)
        });
        match self.state.writes.run(self.share().of(task)).await {
            Ok(came) => came,
            Err(TaskLost::Closed) => {
                let seen = self.caller().writes(operation, span);
                let came = self.reject_or_replay(&write, JournalError::Closed.into(), &seen).await;
                seen.wrote(came)
            }
            Err(TaskLost::Lost) => Err(WriteFailure::new(Outcome::Unknown, JournalError::Interrupted)),
        }
    }

    /// Finds the write of this reference in the journal, with what is known of it; none where none was sent.
    ///
    /// # Errors
    /// The account was removed, or the journal cannot be read.
    pub async fn find_write(&self, reference: &Reference) -> Result<Option<WriteRecord>, Error> {
        let sought = Sought::by(&self.slot.serving()?.grants.membership, reference);
        Ok(self.state.registry.journal.find(&sought).await?)
    }

    /// Finds out what became of a write whose answer was lost, as far as the provider tells. Changes nothing there.
    ///
    /// # Errors
    /// The look-up itself failed, which says nothing about the write.
    pub async fn resolve(&self, write: &Write, attempt: &Attempt) -> Result<Resolution, Error> {
        let seen = self.caller().reads("resolve");
        let resolving = seen.in_span(|| async { read::resolve(self.begin()?, write, attempt, &seen).await });
        let came = resolving.await;
        seen.read(came)
    }

    /// The account that finishes a write: its sender, whatever that is granted now, while it is the same application at its
    /// provider; otherwise an account that shares the application and is granted no origin beyond the sender's.
    pub(crate) fn that_may_finish(state: &Arc<HostState>, intent: &Intent) -> Option<Account> {
        let is_sender = |slot: &Arc<AccountSlot>| {
            slot.serving().is_ok_and(|its| its.grants.membership.has_sent(&intent.account, intent.application))
        };
        let shares = |slot: &Arc<AccountSlot>| {
            let Some(granted) = &intent.origins else { return false };
            slot.serving().is_ok_and(|its| {
                let reaches_no_more = its.grants.origins.iter().all(|origin| granted.contains(origin));
                its.grants.membership.knows(intent.application) && reaches_no_more
            })
        };
        let registry = &state.registry;
        let sender = registry.slot(&intent.account).filter(is_sender);
        let slot = sender.or_else(|| registry.slots().into_iter().find(shares))?;
        Some(Account::new(state.clone(), slot))
    }

    /// Under what terms it offers an operation now.
    pub(crate) fn terms(&self, operation: &str) -> Result<RetryTerms, Error> {
        Ok(RetryTerms::of(self.slot.serving()?.offered(operation)?))
    }

    /// Sends a write again, under its reference, and records the outcome.
    pub(crate) async fn repeat(&self, entry: Box<Entry>) {
        let write = &entry.intent().write;
        let seen = self.caller().recovers(write.operation(), write.reference());
        let repeated: BoxFuture<'_, _> = Box::pin(seen.in_span(|| self.repeated(entry, &seen)));
        let came = self.share().of(repeated).await;
        drop(seen.wrote(came));
    }

    async fn repeated(&self, entry: Box<Entry>, seen: &Observed<'_>) -> Result<Receipt, WriteFailure> {
        match self.begin() {
            Ok(call) => write::repeat_write(call, seen, entry).await,
            Err(error) => write::leave_unsent(entry, error).await,
        }
    }

    /// Has the connector look for a write, and records what it found.
    pub(crate) async fn look_up(&self, entry: Box<Entry>, standing: &WriteStatus) -> Result<(), StoreError> {
        let seen = self.caller().recovers("resolve", entry.intent().write.reference());
        let looking = seen.in_span(|| async {
            match self.begin().and_then(|call| call.in_time().map(|()| call)) {
                Ok(call) => {
                    let attempt = standing.attempt(call.grants.clock.now(), BootStamp::now());
                    write::look_up_once(call, &seen, entry, &attempt).await
                }
                Err(error) => (Err(error), Some(entry)),
            }
        });
        let (found, entry) = looking.await;
        let found = seen.read(found);
        match entry {
            Some(entry) => entry.looked_up(found.map_err(|error| AttemptFailure::from(&error))).await,
            None => Ok(()),
        }
    }

    /// Its part of the threads.
    fn share(&self) -> FairShare {
        self.slot.serving().map(|serving| serving.grants.share.clone()).unwrap_or_default()
    }

    /// Begins a call on what serves.
    pub(crate) fn begin(&self) -> Result<Call, Error> {
        Ok(self.slot.begin(&self.state.registry)?.within(self.options.deadline))
    }

    /// Begins a call on a version that is held on to.
    pub(crate) fn begin_on(&self, pin: VersionPin) -> Call {
        Call::on(self.state.registry.clone(), pin).within(self.options.deadline)
    }

    /// On whose behalf its calls are made.
    fn caller(&self) -> Caller<'_> {
        Caller { account: self.name(), options: &self.options, observer: self.state.registry.observer() }
    }

    async fn execute_write(&self, order: Write, seen: &Observed<'_>) -> Result<Receipt, WriteFailure> {
        match self.begin() {
            Ok(call) => write::execute_write(call, &self.state.registry.journal, order, seen).await,
            Err(error) => self.reject_or_replay(&order, error, seen).await,
        }
    }

    async fn reject_or_replay(
        &self,
        order: &Write,
        error: Error,
        seen: &Observed<'_>,
    ) -> Result<Receipt, WriteFailure> {
        let membership = self.slot.membership();
        write::reject_or_replay(&self.state.registry.journal, membership.as_ref(), order, error, seen).await
    }
}
