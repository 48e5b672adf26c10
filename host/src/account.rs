//! An account as an application uses it: a cheap handle with the four operations.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::call::{self, CallKind, CallState, Ended, Operation};
use crate::component::{Connector, Digest};
use crate::contract::inventory as wit;
use crate::contract::{Malformed, Reader, to_guest, types};
use crate::cursor::Binding;
use crate::engine::Runtime;
use crate::error::{ConnectorFault, Error, ErrorKind, Outcome, WriteFailure};
use crate::grants::Grants;
use crate::model::{
    AdjustmentOrder, Attempt, Descriptor, Invalid, OccupationOrder, OperationSupport, Receipt, Reference, Resolution,
    StockPage, StockQuery, TransferOrder, Write,
};
use crate::outcome;

/// What a connector says of a write.
type Said = Result<wit::Receipt, wit::WriteFailure>;

/// One configured use of a connector. Cloning it is cheap.
#[derive(Clone)]
pub struct Account {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Arc<Runtime>,
    connector: Arc<Connector>,
    grants: Arc<Grants>,
    operations: Vec<OperationSupport>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Account")
            .field("name", &self.name())
            .field("provider", &self.descriptor().provider)
            .finish_non_exhaustive()
    }
}

impl Account {
    pub(crate) async fn open(
        runtime: Arc<Runtime>,
        connector: Arc<Connector>,
        grants: Arc<Grants>,
    ) -> Result<Account, Error> {
        let operations = connector.operations(&runtime, &grants).await?;
        Ok(Account { inner: Arc::new(Inner { runtime, connector, grants, operations }) })
    }

    /// The account's name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.grants.account
    }

    /// What the account's connector is.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.inner.connector.descriptor
    }

    /// Which version of the connector serves the account.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.inner.connector.digest
    }

    /// What the account can do.
    #[must_use]
    pub fn operations(&self) -> &[OperationSupport] {
        &self.inner.operations
    }

    /// Whether the provider accepts the account: a cheap request that changes nothing.
    ///
    /// # Errors
    /// What the provider, or the way to it, said instead.
    pub async fn check(&self) -> Result<(), Error> {
        let ended = self.inner.connector.check(&self.inner.runtime, &self.inner.grants).await;
        self.read(ended, |()| Ok(()))
    }

    /// One page of stock. [`Account::pages`] gives all of them.
    ///
    /// # Errors
    /// The query is wrong, the account cannot answer it, or the provider or the way to it failed.
    pub async fn query(&self, query: StockQuery) -> Result<StockPage, Error> {
        self.offers("query")?;
        query.validate()?;
        let binding = || Binding::new(self.name(), &query, &self.inner.connector.digest);
        let cursor = query.cursor.as_ref().map(|cursor| binding().unwrap(cursor)).transpose()?;
        let request = to_guest::query(&query, cursor);
        let ended = self
            .call(move |connector, store, instance| {
                Box::pin(async move {
                    Ok(connector.exports.query(store, &instance)?.call_async(store, (&request,)).await?.0)
                })
            })
            .await;
        self.read(ended, |page| self.reader().page(page, |cursor| binding().wrap(cursor)))
    }

    /// All pages of a query, one after the other. A page is asked for when the one before was taken.
    #[must_use]
    pub fn pages(&self, query: StockQuery) -> Pages {
        Pages { account: self.clone(), state: PagesState::Next(Box::new(query)) }
    }

    /// Moves stock from one warehouse to another.
    ///
    /// The write belongs to the host: dropping this future does not end it.
    ///
    /// # Errors
    /// [`WriteFailure::NotApplied`]: it may be sent again. [`WriteFailure::Unknown`]: it may have been carried out.
    pub async fn transfer(&self, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        self.accept("transfer", order.validate())?;
        let wit = wit::TransferOrder::from(&order);
        self.write(order.reference, move |connector, store, instance| {
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
        self.accept(order.adjustment.operation(), order.validate())?;
        let wit = wit::AdjustmentOrder::from(&order);
        self.write(order.reference, move |connector, store, instance| {
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
        self.accept("occupy", order.validate())?;
        let wit = wit::OccupationOrder::from(&order);
        self.write(order.reference, move |connector, store, instance| {
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
        let ended = self
            .call(move |connector, store, instance| {
                Box::pin(async move {
                    Ok(connector.exports.resolve(store, &instance)?.call_async(store, (&wit, &attempt)).await?.0)
                })
            })
            .await;
        self.read(ended, |resolution| self.reader().resolution(resolution, reference.clone()))
    }

    /// Runs an operation that only reads, in the caller's task.
    async fn call<T>(
        &self,
        operate: impl for<'a> FnOnce(&'a Connector, &'a mut Store<CallState>, Instance) -> Operation<'a, T>,
    ) -> Ended<T> {
        let inner = &self.inner;
        call::run(&inner.runtime, &inner.connector, Some(inner.grants.clone()), CallKind::Read, operate).await
    }

    /// Runs a write in a task of its own, so that a caller who goes away does not end it half-way.
    async fn write<O>(&self, reference: Reference, operate: O) -> Result<Receipt, WriteFailure>
    where
        O: Send + 'static,
        O: for<'a> FnOnce(&'a Connector, &'a mut Store<CallState>, Instance) -> Operation<'a, Said>,
    {
        let account = self.clone();
        let task = tokio::spawn(async move {
            let inner = &*account.inner;
            let grants = Some(inner.grants.clone());
            let ended = call::run(&inner.runtime, &inner.connector, grants, CallKind::Write, operate).await;
            outcome::of_write(&account.reader(), &reference, ended)
        });
        task.await.unwrap_or_else(|error| {
            let lost = ErrorKind::Runtime(format!("the write's task ended early: {error}"));
            Err(WriteFailure::new(Outcome::Unknown, lost))
        })
    }

    /// What a call that only reads came back with.
    fn read<T, U>(
        &self,
        ended: Ended<Result<T, types::Error>>,
        convert: impl FnOnce(T) -> Result<U, Malformed>,
    ) -> Result<U, Error> {
        let violation = |Malformed(problem)| self.fault(ConnectorFault::Violation(problem));
        match ended.answer.map_err(|fault| self.fault(fault))? {
            Ok(answer) => convert(answer).map_err(violation),
            Err(error) => Err(ErrorKind::Provider(self.reader().failure(error).map_err(violation)?).into()),
        }
    }

    fn fault(&self, fault: ConnectorFault) -> Error {
        self.reader().fault(fault)
    }

    fn reader(&self) -> Reader<'_> {
        let grants = &self.inner.grants;
        Reader { account: self.name(), rows: grants.limits.rows, redactor: grants.secrets.redactor() }
    }

    fn offers(&self, operation: &str) -> Result<(), Error> {
        if self.operations().iter().any(|support| support.operation == operation) {
            return Ok(());
        }
        Err(ErrorKind::Unsupported {
            account: self.name().to_owned(),
            operation: operation.to_owned(),
            offered: self.operations().iter().map(|support| support.operation.clone()).collect(),
        }
        .into())
    }

    /// Refuses a write before a connector sees it.
    fn accept(&self, operation: &str, validated: Result<(), Invalid>) -> Result<(), WriteFailure> {
        self.offers(operation)
            .and_then(|()| validated.map_err(Error::from))
            .map_err(|error| WriteFailure::new(Outcome::NotApplied, error))
    }
}

/// All pages of a query: see [`Account::pages`]. After an error it is at its end.
pub struct Pages {
    account: Account,
    state: PagesState,
}

type Page = Pin<Box<dyn Future<Output = Result<StockPage, Error>> + Send>>;

enum PagesState {
    Next(Box<StockQuery>),
    Waiting(Box<StockQuery>, Page),
    End,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pages").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Pages {
    /// The next page, or none at the end.
    ///
    /// # Errors
    /// As [`Account::query`].
    pub async fn next(&mut self) -> Option<Result<StockPage, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Pages {
    type Item = Result<StockPage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (mut query, mut page) = match std::mem::replace(&mut self.state, PagesState::End) {
            PagesState::End => return Poll::Ready(None),
            PagesState::Waiting(query, page) => (query, page),
            PagesState::Next(query) => {
                let (account, request) = (self.account.clone(), (*query).clone());
                (query, Box::pin(async move { account.query(request).await }) as Page)
            }
        };
        match page.as_mut().poll(context) {
            Poll::Pending => {
                self.state = PagesState::Waiting(query, page);
                Poll::Pending
            }
            Poll::Ready(Ok(page)) => {
                // A connector that hands out the cursor that it was given would go round for ever.
                if page.next.is_some() && page.next == query.cursor {
                    let problem = "its page has the cursor that the page was asked for with".to_owned();
                    return Poll::Ready(Some(Err(self.account.fault(ConnectorFault::Violation(problem)))));
                }
                if let Some(next) = page.next.clone() {
                    query.cursor = Some(next);
                    self.state = PagesState::Next(query);
                }
                Poll::Ready(Some(Ok(page)))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
        }
    }
}
