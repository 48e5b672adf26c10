//! An account as an application uses it: a cheap handle with the four operations.

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::Instance;

use crate::call::{self, CallKind, CallState, Ended, Operation};
use crate::component::{Connector, Digest};
use crate::contract::inventory as wit;
use crate::contract::{Malformed, to_guest, types};
use crate::cursor::Binding;
use crate::error::{ConnectorFault, Error, ErrorKind, Outcome, WriteFailure};
use crate::model::{
    AdjustmentOrder, Attempt, Descriptor, Invalid, OccupationOrder, OperationSupport, Receipt, Reference, Resolution,
    StockPage, StockQuery, TransferOrder, Write,
};
use crate::outcome;
use crate::pages::Pages;
use crate::registry::{Call, Registry, Seat, Serving};

/// What a connector says of a write.
type Said = Result<wit::Receipt, wit::WriteFailure>;

/// One configured use of a connector. Cloning it is cheap.
///
/// It stays good while its configuration changes and its connector is swapped: a call runs on what serves the account
/// when it begins. Once the account is removed from the configuration, its calls fail with `account.removed`.
#[derive(Clone)]
pub struct Account {
    registry: Arc<Registry>,
    seat: Arc<Seat>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Account").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Account {
    pub(crate) fn new(registry: Arc<Registry>, seat: Arc<Seat>) -> Account {
        Account { registry, seat }
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
        let call = self.begin()?;
        let ended = call.connector.check(&call.runtime, &call.grants).await;
        read(call, ended, |_, ()| Ok(()))
    }

    /// One page of stock. [`Account::pages`] gives all of them.
    ///
    /// # Errors
    /// The query is wrong, the account cannot answer it, or the provider or the way to it failed.
    pub async fn query(&self, query: StockQuery) -> Result<StockPage, Error> {
        self.page(self.begin()?, &query).await
    }

    /// A page, on the version that the call is on.
    pub(crate) async fn page(&self, call: Call, query: &StockQuery) -> Result<StockPage, Error> {
        self.offers(&call, "query")?;
        query.validate()?;
        let binding = Binding::new(self.name(), query, &call.connector.digest);
        let cursor = query.cursor.as_ref().map(|cursor| binding.unwrap(cursor)).transpose()?;
        let request = to_guest::query(query, cursor);
        let ended = run(&call, CallKind::Read, move |connector, store, instance| {
            Box::pin(
                async move { Ok(connector.exports.query(store, &instance)?.call_async(store, (&request,)).await?.0) },
            )
        })
        .await;
        read(call, ended, |serving, page| serving.reader().page(page, |cursor| binding.wrap(cursor)))
    }

    /// All pages of a query, one after the other. A page is asked for when the one before was taken.
    #[must_use]
    pub fn pages(&self, query: StockQuery) -> Pages {
        Pages::of(self.clone(), query)
    }

    /// Moves stock from one warehouse to another.
    ///
    /// The write belongs to the host: dropping this future does not end it.
    ///
    /// # Errors
    /// [`WriteFailure::NotApplied`]: it may be sent again. [`WriteFailure::Unknown`]: it may have been carried out.
    pub async fn transfer(&self, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        let call = self.accept("transfer", order.validate())?;
        let wit = wit::TransferOrder::from(&order);
        self.write(call, order.reference, move |connector, store, instance| {
            Box::pin(
                async move { Ok(connector.exports.transfer(store, &instance)?.call_async(store, (&wit,)).await?.0) },
            )
        })
        .await
    }

    /// Changes what stock is, or how much of it there is.
    ///
    /// The write belongs to the host: dropping this future does not end it.
    ///
    /// # Errors
    /// As [`Account::transfer`].
    pub async fn adjust(&self, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        let call = self.accept(order.adjustment.operation(), order.validate())?;
        let wit = wit::AdjustmentOrder::from(&order);
        self.write(call, order.reference, move |connector, store, instance| {
            Box::pin(async move { Ok(connector.exports.adjust(store, &instance)?.call_async(store, (&wit,)).await?.0) })
        })
        .await
    }

    /// Holds stock.
    ///
    /// The write belongs to the host: dropping this future does not end it.
    ///
    /// # Errors
    /// As [`Account::transfer`].
    pub async fn occupy(&self, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        let call = self.accept("occupy", order.validate())?;
        let wit = wit::OccupationOrder::from(&order);
        self.write(call, order.reference, move |connector, store, instance| {
            Box::pin(async move { Ok(connector.exports.occupy(store, &instance)?.call_async(store, (&wit,)).await?.0) })
        })
        .await
    }

    /// Finds out what became of a write whose answer was lost, as far as the provider tells. Changes nothing there.
    ///
    /// # Errors
    /// The look-up itself failed, which says nothing about the write.
    pub async fn resolve(&self, write: &Write, attempt: &Attempt) -> Result<Resolution, Error> {
        let reference = match write {
            Write::Transfer(order) => &order.reference,
            Write::Adjust(order) => &order.reference,
            Write::Occupy(order) => &order.reference,
        };
        let (wit, attempt) = (wit::Write::from(write), wit::Attempt::from(attempt));
        let call = self.begin()?;
        let ended = run(&call, CallKind::Read, move |connector, store, instance| {
            Box::pin(async move {
                Ok(connector.exports.resolve(store, &instance)?.call_async(store, (&wit, &attempt)).await?.0)
            })
        })
        .await;
        read(call, ended, |serving, resolution| serving.reader().resolution(resolution, reference.clone()))
    }

    pub(crate) fn fault(&self, fault: ConnectorFault) -> Error {
        ErrorKind::Connector { account: self.name().to_owned(), fault }.into()
    }

    /// Begins a call on what serves.
    pub(crate) fn begin(&self) -> Result<Call, Error> {
        self.seat.begin(&self.registry)
    }

    /// Begins a call on a version that is held on to.
    pub(crate) fn begin_on(&self, serving: Arc<Serving>) -> Call {
        Call::on(self.registry.clone(), serving)
    }

    /// Runs a write in a task of its own, so that a caller who goes away does not end it half-way.
    async fn write<O>(&self, call: Call, reference: Reference, operate: O) -> Result<Receipt, WriteFailure>
    where
        O: Send + 'static,
        O: for<'a> FnOnce(&'a Connector, &'a mut Store<CallState>, Instance) -> Operation<'a, Said>,
    {
        let task = tokio::spawn(async move {
            let ended = run(&call, CallKind::Write, operate).await;
            let waiting = ended.waiting;
            let receipt = outcome::of_write(&call.reader(), &reference, ended);
            call.ended(receipt.as_ref().err().map(WriteFailure::error), waiting);
            receipt
        });
        task.await.unwrap_or_else(|error| {
            let lost = ErrorKind::Runtime(format!("the write's task ended early: {error}"));
            Err(WriteFailure::new(Outcome::Unknown, lost))
        })
    }

    fn offers(&self, serving: &Serving, operation: &str) -> Result<(), Error> {
        if serving.operations.iter().any(|support| support.operation == operation) {
            return Ok(());
        }
        Err(ErrorKind::Unsupported {
            account: self.name().to_owned(),
            operation: operation.to_owned(),
            offered: serving.operations.iter().map(|support| support.operation.clone()).collect(),
        }
        .into())
    }

    /// Begins a write, unless it is refused before a connector sees it.
    fn accept(&self, operation: &str, validated: Result<(), Invalid>) -> Result<Call, WriteFailure> {
        let accepted = self.begin().and_then(|call| {
            self.offers(&call, operation)?;
            validated?;
            Ok(call)
        });
        accepted.map_err(|error| WriteFailure::new(Outcome::NotApplied, error))
    }
}

async fn run<T>(
    call: &Call,
    kind: CallKind,
    operate: impl for<'a> FnOnce(&'a Connector, &'a mut Store<CallState>, Instance) -> Operation<'a, T>,
) -> Ended<T> {
    call::run(&call.runtime, &call.connector, Some(call.grants.clone()), kind, operate).await
}

/// Ends a call that only reads: what it came back with.
fn read<T, U>(
    call: Call,
    ended: Ended<Result<T, types::Error>>,
    convert: impl FnOnce(&Serving, T) -> Result<U, Malformed>,
) -> Result<U, Error> {
    let fault = |fault| call.reader().fault(fault);
    let violation = |Malformed(problem)| fault(ConnectorFault::Violation(problem));
    let result = match ended.answer {
        Ok(Ok(answer)) => convert(&call, answer).map_err(violation),
        Ok(Err(error)) => match call.reader().failure(error) {
            Ok(failure) => Err(ErrorKind::Provider(failure).into()),
            Err(malformed) => Err(violation(malformed)),
        },
        Err(trouble) => Err(fault(trouble)),
    };
    call.ended(result.as_ref().err(), ended.waiting);
    result
}
