//! Writes: each is recorded before it leaves, sent once per attempt, and its outcome is recorded before the caller gets it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge_journal::application::Membership;
use stockbridge_journal::{Admission, Ending, Entry, Intent, JournalSlot, RetryTerms, Sought, Unsent, WriteRequest};
use stockbridge_model::{Attempt, Outcome, Receipt, Resolution, Write};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::attempt::{read, retry_delay, run};
use super::call::Call;
use super::observed::Observed;
use super::outcome::{self, Established};
use super::retry::{Attempts, RetrySafety};
use crate::box_future::boxed;
use crate::error::{Error, ErrorKind, WriteFailure};
use crate::sandbox::call::{CallState, Operation, Purpose};
use crate::sandbox::contract::{Exports, inventory as wit};
use crate::sandbox::http::Recorder;

/// Timeout for looking up the recorded outcome of a rejected order.
const OUTCOME_LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// Send window of a rehearsed write.
const REHEARSAL_WINDOW: Duration = Duration::from_secs(5);

/// A connector's report on a write.
type WriteReport = Result<wit::Receipt, wit::WriteFailure>;

/// Executes a write, unless it is refused before reaching the connector or was sent earlier.
pub(crate) async fn execute_write(
    call: Call,
    journal: &JournalSlot,
    write: Write,
    seen: &Observed<'_>,
) -> Result<Receipt, WriteFailure> {
    seen.on(call.connector.digest);
    let membership = call.grants.membership.clone();
    let terms = match authorize(&call, &write, seen).await {
        Ok(terms) => terms,
        Err(error) => return reject_or_replay(journal, Some(&membership), &write, error, seen).await,
    };
    if let Err(error) = journal.is_taken(Some(call.deadline().at)).await {
        return reject_or_replay(journal, Some(&membership), &write, error.into(), seen).await;
    }
    let options = seen.caller.options;
    let intent = Intent {
        application: membership.application(),
        account: call.grants.account.to_string(),
        provider: call.connector.descriptor.provider.clone(),
        operation: write.operation().to_owned(),
        asked_by: options.asked_by.clone(),
        trace: options.trace.clone(),
        origins: Some(call.grants.origins.clone()),
        write,
    };
    let (started, mut attempts) = (Instant::now(), Attempts::of(&call.grants.limits));
    let (connector, ordered_at) = (call.connector.digest, options.ordered_at);
    let share = call.grants.limits.journal_bytes;
    let order = WriteRequest { intent, membership, terms, connector, ordered_at, share };
    let mut admission = journal.enter(&order, call.deadline().at).await?;
    loop {
        let entry = match admission {
            Admission::Proceed(entry) => entry,
            // After an attempt of this call, the receipt is that attempt's.
            Admission::AlreadyApplied(mut receipt) if attempts.made() > 1 => {
                receipt.from_journal = None;
                return Ok(receipt);
            }
            Admission::AlreadyApplied(receipt) => return Ok(receipt),
        };
        let outcome = send_once(&call, seen, entry).await;
        let retry = outcome.as_ref().err().and_then(|failure| {
            let safety = match failure.error().kind() {
                // The process was suspended: another may have taken over its journal meanwhile.
                ErrorKind::WindowOver { .. } => RetrySafety::Unsafe,
                _ => RetrySafety::of_write(failure.outcome(), order.terms.repetition, started.elapsed()),
            };
            retry_delay(&call, &order.intent.operation, failure.error(), safety, &mut attempts)
        });
        let Some(wait) = retry else {
            call.ended(outcome.as_ref().err().map(WriteFailure::error));
            return outcome;
        };
        tokio::time::sleep(wait).await;
        admission = journal.enter_again(&order, call.deadline().at).await?;
    }
}

/// Result for an order rejected before sending. It may have been sent earlier, so the journal's record wins over `error`.
pub(crate) async fn reject_or_replay(
    journal: &JournalSlot,
    membership: Option<&Arc<Membership>>,
    write: &Write,
    error: Error,
    seen: &Observed<'_>,
) -> Result<Receipt, WriteFailure> {
    let deadline = Instant::now() + OUTCOME_LOOKUP_TIMEOUT;
    let unsent = Unsent { account: seen.caller.account, write, ordered_at: seen.caller.options.ordered_at };
    let recorded = match membership {
        Some(membership) => {
            journal.recorded_outcome(&Sought::by(membership, write.reference()), unsent, deadline).await
        }
        // The account never served in this host, but may have served in an earlier one.
        None => journal.recorded_outcome_of_any(unsent, deadline).await,
    };
    match recorded {
        Some(recorded) => recorded.map_err(Into::into),
        None => Err(WriteFailure::new(Outcome::NotApplied, error)),
    }
}

/// Sends a write again, under its reference, and records the outcome.
pub(crate) async fn repeat_write(call: Call, seen: &Observed<'_>, entry: Box<Entry>) -> Result<Receipt, WriteFailure> {
    let operation = entry.intent().operation.clone();
    // As for a caller's write, wait until the provider's rate limit is over.
    if let Err(error) = call.unpaused(&operation).await.and_then(|()| call.in_time()) {
        return leave_unsent(entry, error).await;
    }
    let entry = entry.by(&call.connector.digest);
    let outcome = send_once(&call, seen, entry).await;
    call.ended(outcome.as_ref().err().map(WriteFailure::error));
    outcome
}

/// Looks up a write in one attempt: the journal decides when there is another.
pub(crate) async fn look_up_once(
    call: Call,
    seen: &Observed<'_>,
    entry: Box<Entry>,
    attempt: &Attempt,
) -> (Result<Resolution, Error>, Option<Box<Entry>>) {
    let intent = entry.intent().clone();
    let (write, attempt) = (wit::Write::from(&intent.write), wit::Attempt::from(attempt));
    let purpose = Purpose::Resolve { grants: call.grants.clone(), deadline: call.deadline(), entry: Some(entry) };
    let mut report =
        run(&call, seen, purpose, move |exports, store, instance| {
            boxed(move || async move {
                Ok(exports.resolve(store, &instance)?.call_async(store, (&write, &attempt)).await?.0)
            })
        })
        .await;
    let recorder = report.http.recorder.take();
    let reference = intent.write.reference().clone();
    let found = read(&call, report, |deployment, resolution| deployment.reader().resolution(resolution, reference));
    call.ended(found.as_ref().err());
    match recorder {
        Some(Recorder::Journal(entry)) => (found, Some(entry)),
        Some(Recorder::Rehearsal(_)) | None => (found, None),
    }
}

/// Runs a write without recording or sending it: the version's connector shows what it would send.
pub(crate) async fn rehearse_write(call: Call, seen: &Observed<'_>, write: &Write) -> Result<Receipt, WriteFailure> {
    let not_applied = |error| WriteFailure::new(Outcome::NotApplied, error);
    let terms = authorize(&call, write, seen).await.map_err(not_applied)?;
    // As in the journal, a write is refused when the provider's window leaves no time for it.
    let window = terms.window().unwrap_or(REHEARSAL_WINDOW).min(REHEARSAL_WINDOW);
    send(&call, seen, write, Recorder::Rehearsal(window), true).await.outcome
}

/// Makes the connector send a write, and records the outcome.
async fn send_once(call: &Call, seen: &Observed<'_>, entry: Box<Entry>) -> Result<Receipt, WriteFailure> {
    let (intent, is_first) = (entry.intent().clone(), entry.is_first_sending());
    let Sending { outcome, may_have_left, recorder } =
        send(call, seen, &intent.write, Recorder::Journal(entry), is_first).await;
    match recorder {
        Some(Recorder::Journal(entry)) => record_outcome(entry, outcome, may_have_left).await,
        Some(Recorder::Rehearsal(_)) | None => outcome,
    }
}

/// Records that a write was not sent again, and why.
pub(crate) async fn leave_unsent(entry: Box<Entry>, error: Error) -> Result<Receipt, WriteFailure> {
    record_outcome(entry, Err(WriteFailure::new(Outcome::NotApplied, error)), false).await
}

/// Records the outcome, and returns the caller's result.
async fn record_outcome(
    entry: Box<Entry>,
    outcome: Result<Receipt, WriteFailure>,
    may_have_left: bool,
) -> Result<Receipt, WriteFailure> {
    let reported = outcome.as_ref().map_err(|failure| (failure.outcome(), failure.error().into()));
    match entry.ended(reported, may_have_left).await {
        Ending::AsReported => outcome,
        Ending::Unknown => outcome.map_err(|failure| WriteFailure::new(Outcome::Unknown, failure)),
        Ending::Refused(refusal) => Err(refusal.into()),
    }
}

/// Result of one sending of a write.
struct Sending {
    outcome: Result<Receipt, WriteFailure>,
    /// Whether any byte of it may have left.
    may_have_left: bool,
    recorder: Option<Recorder>,
}

/// Sends a write through the connector. `is_first`: whether this is its first sending.
async fn send(call: &Call, seen: &Observed<'_>, write: &Write, recorder: Recorder, is_first: bool) -> Sending {
    let operation = write.operation();
    let (grants, deadline) = (call.grants.clone(), call.deadline());
    let purpose = Purpose::Write { grants, operation, deadline, recorder };
    let operate = call_operation(wit::Write::from(write));
    let mut report = run(call, seen, purpose, operate).await;
    let (recorder, may_have_left) = (report.http.recorder.take(), report.http.write.may_have_left());
    let established = Established { rules: &call.grants.refusals, operation, is_first };
    let outcome = outcome::of_write(&call.reader(), write.reference(), established, report);
    Sending { outcome, may_have_left, recorder }
}

/// Calls the export for an order's operation.
fn call_operation(
    order: wit::Write,
) -> impl for<'a> FnOnce(&'a Exports, &'a mut Store<CallState>, Instance) -> Operation<'a, WriteReport> + Send {
    move |exports, store, instance| {
        boxed(move || async move {
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

/// Checks that a write may be sent, and returns its retry terms.
async fn authorize(call: &Call, write: &Write, seen: &Observed<'_>) -> Result<RetryTerms, Error> {
    let terms = RetryTerms::of(call.offered(write.operation())?);
    write.validate()?;
    seen.caller.options.validate()?;
    call.unpaused(write.operation()).await?;
    call.in_time()?;
    Ok(terms)
}
