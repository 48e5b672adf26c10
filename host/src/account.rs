//! An account as an application uses it: a cheap handle with the four operations.

mod calls;
mod observed;

use std::sync::Arc;
use std::time::{Duration, Instant};

use calls::{reading, resolved, sent, wait_for_another};
use observed::Observed;

use crate::boot_clock::BootStamp;
use crate::boxed::{Boxed, boxed};
use crate::call::CallKind;
use crate::component::Digest;
use crate::contract::inventory as wit;
use crate::contract::{Malformed, to_guest};
use crate::cursor::Binding;
use crate::error::{Error, ErrorKind, JournalError, Outcome, WriteFailure};
use crate::fair::FairShare;
use crate::journal::{Entered, Entry, Intent, Ordered, Sought, Standing, StoreError, Terms, Unsent, WriteRecord};
use crate::model::{
    AdjustmentOrder, Attempt, Descriptor, OccupationOrder, OperationSupport, Receipt, Reference, Resolution, StockPage,
    StockQuery, TransferOrder, Write,
};
use crate::options::CallOptions;
use crate::pages::Pages;
use crate::registry::{Call, Registry, Seat, Serving, Stay};
use crate::retry::{Again, Attempts};
use crate::writes::NoAnswer;

/// How long it may take to find what stands of an order that cannot be sent now.
const TELLING: Duration = Duration::from_secs(10);

/// One configured use of a connector. Cloning it is cheap.
///
/// It stays good while its configuration changes and its connector is swapped: a call runs on what serves the account
/// when it begins. While the account is removed from the configuration, its calls fail with `account.removed`; it serves
/// again when an account of its name is back.
#[derive(Clone)]
pub struct Account {
    registry: Arc<Registry>,
    seat: Arc<Seat>,
    options: Arc<CallOptions>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Account").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Account {
    pub(crate) fn new(registry: Arc<Registry>, seat: Arc<Seat>) -> Account {
        Account { registry, seat, options: Arc::default() }
    }

    /// The same account, for calls with these options.
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Account {
        Account { options: Arc::new(options), ..self.clone() }
    }

    /// The account's name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.seat.name
    }

    /// What the connector is that serves the account now.
    ///
    /// # Errors
    /// The account was removed.
    pub fn descriptor(&self) -> Result<Arc<Descriptor>, Error> {
        Ok(self.seat.serving()?.connector.descriptor.clone())
    }

    /// Which version of the connector serves the account now.
    ///
    /// # Errors
    /// The account was removed.
    pub fn digest(&self) -> Result<Digest, Error> {
        Ok(self.seat.serving()?.connector.digest)
    }

    /// What that version calls itself, where it says so: a line for people.
    ///
    /// # Errors
    /// The account was removed.
    pub fn version(&self) -> Result<Option<String>, Error> {
        Ok(self.seat.serving()?.connector.version.clone())
    }

    /// What the account can do with what serves it now.
    ///
    /// # Errors
    /// The account was removed.
    pub fn operations(&self) -> Result<Arc<[OperationSupport]>, Error> {
        Ok(self.seat.serving()?.operations.clone())
    }

    /// Whether the provider accepts the account: a cheap request that changes nothing.
    ///
    /// # Errors
    /// What the provider, or the way to it, said instead.
    pub async fn check(&self) -> Result<(), Error> {
        let seen = self.reads("check");
        let checking = seen.in_span(|| async {
            reading(
                self.begin()?,
                CallKind::Read,
                &seen,
                |connector, store, instance| {
                    boxed(move || async move { connector.exports.metadata(store, &instance)?.call_check(store).await })
                },
                |_, ()| Ok(()),
            )
            .await
        });
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
        let seen = self.reads("query");
        let came = seen.in_span(|| async { self.page_of(call?, query, &seen).await }).await;
        seen.read(came)
    }

    async fn page_of(&self, call: Call, query: &StockQuery, seen: &Observed<'_>) -> Result<StockPage, Error> {
        seen.on(call.connector.digest);
        self.offers(&call, "query")?;
        query.validate()?;
        let binding = Binding::new(self.name(), query, call.connector.digest);
        let cursor = query.cursor.as_ref().map(|cursor| binding.unwrap(cursor)).transpose()?;
        let request = Arc::new(to_guest::query(query, cursor));
        reading(
            call,
            CallKind::Read,
            seen,
            |connector, store, instance| {
                let request = request.clone();
                boxed(move || async move {
                    Ok(connector.exports.query(store, &instance)?.call_async(store, (&*request,)).await?.0)
                })
            },
            |serving, page| {
                let page = serving.reader().page(page, |cursor| binding.wrap(cursor))?;
                // Who follows the cursors of a connector that hands out the one it was given goes round for ever.
                if page.next.is_some() && page.next == query.cursor {
                    return Err(Malformed("its page has the cursor that the page was asked for with".to_owned()));
                }
                Ok(page)
            },
        )
        .await
    }

    /// All pages of a query, one after the other. A page is asked for when the one before was taken.
    #[must_use]
    pub fn pages(&self, query: StockQuery) -> Pages {
        Pages::of(self.clone(), query)
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
        let span = self.span(operation, Some(write.reference()));
        let (ordered, its) = (write.clone(), span.clone());
        let task: Boxed<'_, _> = Box::pin(async move {
            let seen = account.writes(operation, its);
            let came = seen.in_span(|| account.carried_out(ordered, &seen)).await;
            seen.wrote(came)
        });
        match self.registry.writes.run(self.share().of(task)).await {
            Ok(came) => came,
            Err(NoAnswer::Closed) => {
                let seen = self.writes(operation, span);
                let closed = ErrorKind::Journal(JournalError::Closed);
                seen.wrote(self.not_begun(&write, closed.into()).await)
            }
            Err(NoAnswer::Lost) => {
                Err(WriteFailure::new(Outcome::Unknown, ErrorKind::Journal(JournalError::Interrupted)))
            }
        }
    }

    /// What is known of the write of this reference; none where none was sent.
    ///
    /// # Errors
    /// The account was removed, or the journal cannot be read.
    pub async fn outcome(&self, reference: &Reference) -> Result<Option<WriteRecord>, Error> {
        let sought = Sought::by(&self.seat.serving()?.grants.membership, reference);
        self.registry.journal.find(&sought).await
    }

    /// Finds out what became of a write whose answer was lost, as far as the provider tells. Changes nothing there.
    ///
    /// # Errors
    /// The look-up itself failed, which says nothing about the write.
    pub async fn resolve(&self, write: &Write, attempt: &Attempt) -> Result<Resolution, Error> {
        let asked = Arc::new((wit::Write::from(write), wit::Attempt::from(attempt)));
        let seen = self.reads("resolve");
        let resolving = seen.in_span(|| async {
            reading(
                self.begin()?,
                CallKind::Resolve,
                &seen,
                |connector, store, instance| {
                    let asked = asked.clone();
                    boxed(move || async move {
                        let (write, attempt) = &*asked;
                        Ok(connector.exports.resolve(store, &instance)?.call_async(store, (write, attempt)).await?.0)
                    })
                },
                |serving, resolution| serving.reader().resolution(resolution, write.reference().clone()),
            )
            .await
        });
        let came = resolving.await;
        seen.read(came)
    }

    /// The account that finishes a write: its sender, whatever that is granted now, while it is the same application at its
    /// provider; otherwise an account that shares the application and is granted no origin beyond the sender's.
    pub(crate) fn that_may_finish(registry: &Arc<Registry>, intent: &Intent) -> Option<Account> {
        let is_sender = |seat: &Arc<Seat>| {
            seat.serving().is_ok_and(|its| its.grants.membership.has_sent(&intent.account, intent.application))
        };
        let shares = |seat: &Arc<Seat>| {
            let Some(granted) = &intent.origins else { return false };
            seat.serving().is_ok_and(|its| {
                let reaches_no_more = its.grants.origins.iter().all(|origin| granted.contains(origin));
                its.grants.membership.knows(intent.application) && reaches_no_more
            })
        };
        let sender = registry.seat(&intent.account).filter(is_sender);
        let seat = sender.or_else(|| registry.seats().into_iter().find(shares))?;
        Some(Account::new(registry.clone(), seat))
    }

    /// Under what terms it offers an operation now.
    pub(crate) fn terms(&self, operation: &str) -> Result<Terms, Error> {
        self.offered(&*self.seat.serving()?, operation)
    }

    /// Sends a write again, under its reference, and records what came of it.
    pub(crate) async fn repeat(&self, entry: Box<Entry>) {
        let write = &entry.intent().write;
        let seen = self.recovers(write.operation(), write.reference());
        let repeated: Boxed<'_, _> = Box::pin(seen.in_span(|| self.repeated(entry, &seen)));
        let came = self.share().of(repeated).await;
        drop(seen.wrote(came));
    }

    async fn repeated(&self, entry: Box<Entry>, seen: &Observed<'_>) -> Result<Receipt, WriteFailure> {
        let operation = entry.intent().operation.clone();
        let begun = match self.begin() {
            // In the place of a caller: what the provider has limited is not sent before that is over.
            Ok(call) => call.unpaused(&operation).await.and_then(|()| call.in_time()).map(|()| call),
            Err(error) => Err(error),
        };
        match begun {
            Ok(call) => {
                let entry = entry.by(&call.connector.digest);
                let (came, waiting) = sent(&call, seen, entry).await;
                call.ended(came.as_ref().err().map(WriteFailure::error), waiting);
                came
            }
            Err(error) => entry.ended(Err(WriteFailure::new(Outcome::NotApplied, error))).await,
        }
    }

    /// Has the connector look for a write, and records what it found.
    pub(crate) async fn look_up(&self, entry: Box<Entry>, standing: &Standing) -> Result<(), StoreError> {
        let seen = self.recovers("resolve", entry.intent().write.reference());
        let looking = seen.in_span(|| async {
            match self.begin().and_then(|call| call.in_time().map(|()| call)) {
                Ok(call) => {
                    let attempt = standing.attempt(call.grants.clock.now(), BootStamp::now());
                    resolved(call, &seen, entry, &attempt).await
                }
                Err(error) => (Err(error), Some(entry)),
            }
        });
        let (found, entry) = looking.await;
        let found = seen.read(found);
        match entry {
            Some(entry) => entry.looked_up(found).await,
            None => Ok(()),
        }
    }

    /// Its part of the threads.
    fn share(&self) -> FairShare {
        self.seat.serving().map(|serving| serving.grants.share.clone()).unwrap_or_default()
    }

    /// Begins a call on what serves.
    pub(crate) fn begin(&self) -> Result<Call, Error> {
        Ok(self.seat.begin(&self.registry)?.within(self.options.deadline))
    }

    /// Begins a call on a version that is held on to.
    pub(crate) fn begin_on(&self, stay: Stay) -> Call {
        Call::on(self.registry.clone(), stay).within(self.options.deadline)
    }

    /// Carries out a write, unless it is refused before a connector sees it or was sent before.
    async fn carried_out(&self, write: Write, seen: &Observed<'_>) -> Result<Receipt, WriteFailure> {
        let call = match self.begin() {
            Ok(call) => call,
            Err(error) => return self.not_begun(&write, error).await,
        };
        seen.on(call.connector.digest);
        let terms = match self.may_send(&call, &write).await {
            Ok(terms) => terms,
            Err(error) => return self.not_begun(&write, error).await,
        };
        if let Err(error) = self.registry.journal.is_taken(Some(call.deadline().at)).await {
            return self.not_begun(&write, error).await;
        }
        let intent = Intent {
            application: call.grants.membership.application(),
            account: self.name().to_owned(),
            provider: call.connector.descriptor.provider.clone(),
            operation: write.operation().to_owned(),
            asked_by: self.options.asked_by.clone(),
            trace: self.options.trace.clone(),
            origins: Some(call.grants.origins.clone()),
            write,
        };
        let (begun, mut attempts) = (Instant::now(), Attempts::of(&call.grants.limits));
        let (connector, ordered_at) = (call.connector.digest, self.options.ordered_at);
        let membership = call.grants.membership.clone();
        let share = call.grants.limits.journal_bytes;
        let order = Ordered { intent, membership, terms, connector, ordered_at, share };
        let mut entered = self.registry.journal.enter(&order, call.deadline().at).await?;
        loop {
            let entry = match entered {
                Entered::Begin(entry) => entry,
                // After an attempt of this call that is what came of it.
                Entered::Done(receipt) if attempts.made() > 1 => return Ok(Receipt { from_journal: None, ..receipt }),
                Entered::Done(receipt) => return Ok(receipt),
            };
            let (came, waiting) = sent(&call, seen, entry).await;
            let again = came.as_ref().err().and_then(|failure| {
                let again = match failure.error().kind() {
                    // A process that stood still may have been given up, and its journal taken over.
                    ErrorKind::WindowOver { .. } => Again::Never,
                    _ => Again::of_write(failure.outcome(), order.terms.repetition, begun.elapsed()),
                };
                wait_for_another(&call, &order.intent.operation, failure.error(), again, &mut attempts)
            });
            let Some(wait) = again else {
                call.ended(came.as_ref().err().map(WriteFailure::error), waiting);
                return came;
            };
            tokio::time::sleep(wait).await;
            entered = self.registry.journal.enter_again(&order, call.deadline().at).await?;
        }
    }

    /// What an order comes to that cannot be sent now. What stands in the way says nothing about whether it was sent
    /// before.
    async fn not_begun(&self, write: &Write, error: Error) -> Result<Receipt, WriteFailure> {
        let (journal, deadline) = (&self.registry.journal, Instant::now() + TELLING);
        let unsent = Unsent { account: self.name(), write, ordered_at: self.options.ordered_at };
        let told = match self.seat.membership() {
            Some(membership) => {
                journal.told_before(&Sought::by(&membership, write.reference()), unsent, deadline).await
            }
            // An account that never served may have, before this host.
            None => journal.told_before_by_any(unsent, deadline).await,
        };
        told.unwrap_or_else(|| Err(WriteFailure::new(Outcome::NotApplied, error)))
    }

    /// Under what terms it may be sent.
    async fn may_send(&self, call: &Call, write: &Write) -> Result<Terms, Error> {
        let terms = self.offered(call, write.operation())?;
        write.validate()?;
        self.options.validate()?;
        call.unpaused(write.operation()).await?;
        call.in_time()?;
        Ok(terms)
    }

    fn offers(&self, serving: &Serving, operation: &str) -> Result<(), Error> {
        self.offered(serving, operation).map(drop)
    }

    fn offered(&self, serving: &Serving, operation: &str) -> Result<Terms, Error> {
        if let Some(support) = serving.operations.iter().find(|support| support.operation == operation) {
            return Ok(Terms { repetition: support.repetition, methods: support.methods.clone() });
        }
        Err(ErrorKind::Unsupported {
            account: self.name().to_owned(),
            operation: operation.to_owned(),
            offered: serving.operations.iter().map(|support| support.operation.clone()).collect(),
        }
        .into())
    }
}
