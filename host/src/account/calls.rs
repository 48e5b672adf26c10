//! Calls of a connector on behalf of an account: one attempt after the other, and what each came back with.

use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::Instance;

use super::observed::Observed;
use crate::boxed::boxed;
use crate::call::{self, CallKind, CallState, Ended, Operation, Purpose};
use crate::component::Connector;
use crate::contract::inventory as wit;
use crate::contract::{Malformed, types};
use crate::error::{ConnectorFault, Error, WriteFailure};
use crate::journal::Entry;
use crate::model::{Attempt, Receipt, Resolution};
use crate::outcome::{self, Established};
use crate::pace;
use crate::registry::{Call, Serving};
use crate::retry::{Again, Attempts};

/// What a connector says of a write.
type Said = Result<wit::Receipt, wit::WriteFailure>;

/// Has the connector send a write, and records what came of it.
///
/// And whether it ended while it waited for somebody other than the connector.
pub(super) async fn sent(call: &Call, seen: &Observed<'_>, entry: Box<Entry>) -> (Result<Receipt, WriteFailure>, bool) {
    let intent = entry.intent().clone();
    let mut ended = run(call, seen, CallKind::Write, Some(entry), carry_out(wit::Write::from(&intent.write))).await;
    let (entry, waiting) = (ended.entry.take(), ended.waiting);
    let established = Established {
        rules: &call.grants.refusals,
        operation: &intent.operation,
        is_first: entry.as_ref().is_some_and(|entry| entry.is_first_sending()),
    };
    let came = outcome::of_write(&call.reader(), intent.write.reference(), established, ended);
    match entry {
        Some(entry) => (entry.ended(came).await, waiting),
        None => (came, waiting),
    }
}

/// The operation that an order is for.
fn carry_out(
    order: wit::Write,
) -> impl for<'a> FnOnce(&'a Connector, &'a mut Store<CallState>, Instance) -> Operation<'a, Said> + Send {
    move |connector, store, instance| {
        boxed(move || async move {
            let exports = &connector.exports;
            Ok(match &order {
                wit::Write::Transfer(order) => {
                    exports.transfer(&mut *store, &instance)?.call_async(store, (order,)).await?.0
                }
                wit::Write::Adjust(order) => {
                    exports.adjust(&mut *store, &instance)?.call_async(store, (order,)).await?.0
                }
                wit::Write::Occupy(order) => {
                    exports.occupy(&mut *store, &instance)?.call_async(store, (order,)).await?.0
                }
            })
        })
    }
}

/// What the connector finds out about a write, in one attempt: the journal says when there is another.
pub(super) async fn resolved(
    call: Call,
    seen: &Observed<'_>,
    entry: Box<Entry>,
    attempt: &Attempt,
) -> (Result<Resolution, Error>, Option<Box<Entry>>) {
    let intent = entry.intent().clone();
    let (wit, attempt) = (wit::Write::from(&intent.write), wit::Attempt::from(attempt));
    let mut ended = run(&call, seen, CallKind::Resolve, Some(entry), move |connector, store, instance| {
        boxed(move || async move {
            Ok(connector.exports.resolve(store, &instance)?.call_async(store, (&wit, &attempt)).await?.0)
        })
    })
    .await;
    let (entry, waiting) = (ended.entry.take(), ended.waiting);
    let reference = intent.write.reference().clone();
    let found = read(&call, ended, |serving, resolution| serving.reader().resolution(resolution, reference));
    call.ended(found.as_ref().err(), waiting);
    (found, entry)
}

/// One attempt at a call. What it teaches of the provider's limits is learnt.
async fn run<T, E: pace::Reported>(
    call: &Call,
    seen: &Observed<'_>,
    kind: CallKind,
    entry: Option<Box<Entry>>,
    operate: impl for<'a> FnOnce(&'a Connector, &'a mut Store<CallState>, Instance) -> Operation<'a, Result<T, E>> + Send,
) -> Ended<Result<T, E>> {
    seen.on(call.connector.digest);
    seen.attempt();
    let (grants, deadline) = (Some(call.grants.clone()), Some(call.deadline()));
    let purpose = Purpose { kind, operation: seen.operation };
    let ended = call::run(&call.runtime, &call.connector, grants, purpose, deadline, entry, operate).await;
    pace::learn(call, &ended);
    ended
}

/// A call that only reads: what it came back with, after as many attempts as help and fit into its time, each of them
/// on a fresh instance.
pub(super) async fn reading<T, U>(
    call: Call,
    kind: CallKind,
    seen: &Observed<'_>,
    operate: impl for<'a> Fn(&'a Connector, &'a mut Store<CallState>, Instance) -> Operation<'a, Result<T, types::Error>>
    + Send
    + Sync,
    convert: impl Fn(&Serving, T) -> Result<U, Malformed>,
) -> Result<U, Error> {
    let (operation, mut attempts) = (seen.operation, Attempts::of(&call.grants.limits));
    seen.on(call.connector.digest);
    loop {
        call.unpaused(operation).await?;
        call.in_time()?;
        let ended = run(&call, seen, kind, None, &operate).await;
        let waiting = ended.waiting;
        let result = read(&call, ended, &convert);
        let Some(wait) = result
            .as_ref()
            .err()
            .and_then(|error| wait_for_another(&call, operation, error, Again::Freely, &mut attempts))
        else {
            call.ended(result.as_ref().err(), waiting);
            return result;
        };
        tokio::time::sleep(wait).await;
    }
}

/// How long to wait for another attempt at a call, if there is to be one.
pub(super) fn wait_for_another(
    call: &Call,
    operation: &str,
    error: &Error,
    again: Again,
    attempts: &mut Attempts,
) -> Option<Duration> {
    let asked = error.retry_after().max(call.grants.pacer.pause_left(call.methods(operation)));
    let wait = attempts.after(error.class(), again, asked, call.left())?;
    let (account, attempt, milliseconds) = (&*call.grants.account, attempts.made(), wait.as_millis());
    tracing::debug!(account, operation, attempt, milliseconds, %error, "a call is made again");
    Some(wait)
}

/// What an attempt at a call that only reads came back with.
fn read<T, U>(
    call: &Call,
    ended: Ended<Result<T, types::Error>>,
    convert: impl FnOnce(&Serving, T) -> Result<U, Malformed>,
) -> Result<U, Error> {
    let Ended { answer, late, observed, .. } = ended;
    let fault = |fault| observed.of_fault(&call.reader(), fault);
    let violation = |Malformed(problem)| fault(ConnectorFault::Violation(problem));
    match answer {
        Ok(Ok(answer)) => convert(call, answer).map_err(violation),
        Ok(Err(error)) => match (late, call.reader().failure(error)) {
            (Some(late), _) => Err(late.error(&call.grants.account)),
            (None, Ok(failure)) => Err(observed.of_failure(failure)),
            (None, Err(malformed)) => Err(violation(malformed)),
        },
        Err(trouble) => Err(fault(trouble)),
    }
}
