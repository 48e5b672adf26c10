//! One attempt at a call: the connector is asked on a fresh instance, and what it came back with is read.

use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::Instance;

use super::call::Call;
use super::deployment::Deployment;
use super::feedback::{Reported, learn};
use super::observed::Observed;
use super::retry::{Attempts, RetrySafety};
use crate::diagnostics;
use crate::error::{ConnectorFault, Error};
use crate::sandbox::call::{self, CallReport, CallState, Operation, Purpose};
use crate::sandbox::contract::{Exports, Malformed, types};
use crate::sandbox::http::HttpReport;

/// One attempt at a call. What it teaches of the provider's limits is learnt.
pub(super) async fn run<T, E: Reported>(
    call: &Call,
    seen: &Observed<'_>,
    purpose: Purpose,
    operate: impl for<'a> FnOnce(&'a Exports, &'a mut Store<CallState>, Instance) -> Operation<'a, Result<T, E>> + Send,
) -> CallReport<Result<T, E>> {
    seen.on(call.connector.digest);
    seen.attempt();
    let report = call::run(&call.sandbox, &call.connector.component, purpose, operate).await;
    learn(call, &report);
    report
}

/// What an attempt at a call that only reads came back with.
pub(super) fn read<T, U>(
    call: &Call,
    report: CallReport<Result<T, types::Error>>,
    convert: impl FnOnce(&Deployment, T) -> Result<U, Malformed>,
) -> Result<U, Error> {
    let CallReport { answer, http: HttpReport { late, observed, .. } } = report;
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

/// How long to wait for another attempt at a call, if there is to be one.
pub(super) fn retry_delay(
    call: &Call,
    operation: &str,
    error: &Error,
    again: RetrySafety,
    attempts: &mut Attempts,
) -> Option<Duration> {
    let asked = error.retry_after().max(call.grants.pacer.pause_left(call.methods(operation)));
    let wait = attempts.after(error.class(), again, asked, call.left())?;
    let (account, attempt, milliseconds) = (&*call.grants.account, attempts.made(), wait.as_millis());
    tracing::debug!(target: diagnostics::CALL, account, operation, attempt, milliseconds, %error, "a call is made again");
    Some(wait)
}
