//! One attempt at a call: runs the connector on a fresh instance and reads its answer.

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

/// Makes one attempt at a call, and updates the pacer with the limits that it showed.
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

/// Reads the result of an attempt at a read-only call.
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
        Err(error) => Err(fault(error)),
    }
}

/// Delay until the next attempt at a call; none if there is no next attempt.
pub(super) fn retry_delay(
    call: &Call,
    operation: &str,
    error: &Error,
    safety: RetrySafety,
    attempts: &mut Attempts,
) -> Option<Duration> {
    let min_wait = error.retry_after().max(call.grants.pacer.pause_left(call.methods(operation)));
    let wait = attempts.after(error.class(), safety, min_wait, call.time_left())?;
    let (account, attempt, milliseconds) = (&*call.grants.account, attempts.made(), wait.as_millis());
    tracing::debug!(target: diagnostics::CALL, account, operation, attempt, milliseconds, %error, "a call is made again");
    Some(wait)
}
