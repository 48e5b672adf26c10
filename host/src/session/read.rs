//! Read-only calls: a query, a check whether the provider accepts the account, and a look-up of a write.

use std::sync::Arc;

use stockbridge_model::{Attempt, Resolution, StockPage, StockQuery, Write};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::attempt::{read, retry_delay, run};
use super::call::Call;
use super::cursor::Binding;
use super::deployment::Deployment;
use super::observed::Observed;
use super::retry::{Attempts, RetrySafety};
use crate::box_future::boxed;
use crate::error::Error;
use crate::sandbox::call::{CallState, Operation, Purpose};
use crate::sandbox::contract::inventory as wit;
use crate::sandbox::contract::{Exports, Malformed, to_guest, types};

/// Checks whether the provider accepts the account.
pub(crate) async fn check(call: Call, seen: &Observed<'_>) -> Result<(), Error> {
    read_with_retries(
        call,
        ReadKind::Stock,
        seen,
        |exports, store, instance| {
            boxed(move || async move { exports.metadata(store, &instance)?.call_check(store).await })
        },
        |_, ()| Ok(()),
    )
    .await
}

/// Queries one page of stock.
pub(crate) async fn page(call: Call, query: &StockQuery, seen: &Observed<'_>) -> Result<StockPage, Error> {
    seen.on(call.connector.digest);
    call.offered("query")?;
    query.validate()?;
    let (account, digest) = (call.grants.account.clone(), call.connector.digest);
    let binding = Binding::new(&account, query, digest);
    let cursor = query.cursor.as_ref().map(|cursor| binding.unwrap(cursor)).transpose()?;
    let request = Arc::new(to_guest::query(query, cursor));
    read_with_retries(
        call,
        ReadKind::Stock,
        seen,
        |exports, store, instance| {
            let request = request.clone();
            boxed(move || async move { Ok(exports.query(store, &instance)?.call_async(store, (&*request,)).await?.0) })
        },
        |deployment, page| {
            let page = deployment.reader().page(page, |cursor| binding.wrap(cursor))?;
            // Refuse an unchanged cursor: following it would loop forever.
            if page.next.is_some() && page.next == query.cursor {
                return Err(Malformed("its page has the same cursor as its request".to_owned()));
            }
            Ok(page)
        },
    )
    .await
}

/// Looks up the outcome of a write at the provider.
pub(crate) async fn resolve(
    call: Call,
    write: &Write,
    attempt: &Attempt,
    seen: &Observed<'_>,
) -> Result<Resolution, Error> {
    let request = Arc::new((wit::Write::from(write), wit::Attempt::from(attempt)));
    read_with_retries(
        call,
        ReadKind::WriteLookUp,
        seen,
        |exports, store, instance| {
            let request = request.clone();
            boxed(move || async move {
                let (write, attempt) = &*request;
                Ok(exports.resolve(store, &instance)?.call_async(store, (write, attempt)).await?.0)
            })
        },
        |deployment, resolution| deployment.reader().resolution(resolution, write.reference().clone()),
    )
    .await
}

/// Kind of a read-only call: write look-ups have reserved slots.
#[derive(Clone, Copy)]
enum ReadKind {
    Stock,
    WriteLookUp,
}

/// Makes a read-only call, with as many attempts as help and fit into its time, each on a fresh instance.
async fn read_with_retries<T, U>(
    call: Call,
    kind: ReadKind,
    seen: &Observed<'_>,
    operate: impl for<'a> Fn(&'a Exports, &'a mut Store<CallState>, Instance) -> Operation<'a, Result<T, types::Error>>
    + Send
    + Sync,
    convert: impl Fn(&Deployment, T) -> Result<U, Malformed>,
) -> Result<U, Error> {
    let (operation, mut attempts) = (seen.operation, Attempts::of(&call.grants.limits));
    seen.on(call.connector.digest);
    loop {
        call.unpaused(operation).await?;
        call.in_time()?;
        let (grants, deadline) = (call.grants.clone(), call.deadline());
        let purpose = match kind {
            ReadKind::Stock => Purpose::Read { grants, operation, deadline },
            ReadKind::WriteLookUp => Purpose::Resolve { grants, deadline, entry: None },
        };
        let report = run(&call, seen, purpose, &operate).await;
        let result = read(&call, report, &convert);
        let Some(wait) = result
            .as_ref()
            .err()
            .and_then(|error| retry_delay(&call, operation, error, RetrySafety::Safe, &mut attempts))
        else {
            call.ended(result.as_ref().err());
            return result;
        };
        tokio::time::sleep(wait).await;
    }
}
