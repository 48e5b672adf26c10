//! Writes: each is recorded before it leaves, sent once for each attempt, and its outcome is recorded before the caller gets it.

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

/// In which a write would have to leave whose component only shows what it would send.
const REHEARSAL: Duration = Duration::from_secs(5);

/// What a connector says of a write.
type Said = Result<wit::Receipt, wit::WriteFailure>;

/// Carries out a write, unless it is refused before a connector sees it or was sent before.
pub(crate) async fn execute_write(
    call: Call,
    journal: &JournalSlot,
    write: Write,
    seen: &Observed<'_>,
) -> Result<Receipt, WriteFailure> {
    seen.on(call.connector.digest);
    let membership = call.grants.membership.clone();
    let terms = match may_send(&call, &write, seen).await {
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
    let (begun, mut attempts) = (Instant::now(), Attempts::of(&call.grants.limits));
    let (connector, ordered_at) = (call.connector.digest, options.ordered_at);
    let share = call.grants.limits.journal_bytes;
    let order = WriteRequest { intent, membership, terms, connector, ordered_at, share };
    let mut entered = journal.enter(&order, call.deadline().at).await?;
    loop {
        let entry = match entered {
            Admission::Proceed(entry) => entry,
            // After an attempt of this call it is that attempt's receipt.
            Admission::AlreadyApplied(mut receipt) if attempts.made() > 1 => {
                receipt.from_journal = None;
                return Ok(receipt);
            }
            Admission::AlreadyApplied(receipt) => return Ok(receipt),
        };
        let outcome = send_once(&call, seen, entry).await;
        let again = outcome.as_ref().err().and_then(|failure| {
            let again = match failure.error().kind() {
                // A process that stood still may have been given up, and its journal taken over.
                ErrorKind::WindowOver { .. } => RetrySafety::Unsafe,
                _ => RetrySafety::of_write(failure.outcome(), order.terms.repetition, begun.elapsed()),
            };
            retry_delay(&call, &order.intent.operation, failure.error(), again, &mut attempts)
        });
        let Some(wait) = again else {
            call.ended(outcome.as_ref().err().map(WriteFailure::error));
            return outcome;
        };
        tokio::time::sleep(wait).await;
        entered = journal.enter_again(&order, call.deadline().at).await?;
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
        // An account that never served may have, before this host.
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
    // In the place of a caller: what the provider has limited is not sent before that is over.
    if let Err(error) = call.unpaused(&operation).await.and_then(|()| call.in_time()) {
        return leave_unsent(entry, error).await;
    }
    let entry = entry.by(&call.connector.digest);
    let outcome = send_once(&call, seen, entry).await;
    call.ended(outcome.as_ref().err().map(WriteFailure::error));
    outcome
}

/// What the connector finds out about a write, in one attempt: the journal says when there is another.
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

/// Asks the connector of a version for a write that nothing records and that goes nowhere: it shows what it would send.
pub(crate) async fn rehearse_write(call: Call, seen: &Observed<'_>, write: &Write) -> Result<Receipt, WriteFailure> {
    let refused = |error| WriteFailure::new(Outcome::NotApplied, error);
    let terms = may_send(&call, write, seen).await.map_err(refused)?;
    // As the journal would have it: what the provider's window leaves no time for is refused.
    let window = terms.window().unwrap_or(REHEARSAL).min(REHEARSAL);
    send(&call, seen, write, Recorder::Rehearsal(window), true).await.outcome
}

/// Has the connector send a write, and records the outcome.
async fn send_once(call: &Call, seen: &Observed<'_>, entry: Box<Entry>) -> Result<Receipt, WriteFailure> {
    let (intent, is_first) = (entry.intent().clone(), entry.is_first_sending());
    let Sending { outcome, may_have_left, recorder } =
        send(call, seen, &intent.write, Recorder::Journal(entry), is_first).await;
    match recorder {
        Some(Recorder::Journal(entry)) => ended(entry, outcome, may_have_left).await,
        Some(Recorder::Rehearsal(_)) | None => outcome,
    }
}

/// Records that a write was not sent again, and why.
pub(crate) async fn leave_unsent(entry: Box<Entry>, error: Error) -> Result<Receipt, WriteFailure> {
    ended(entry, Err(WriteFailure::new(Outcome::NotApplied, error)), false).await
}

/// Records the outcome; what the caller gets.
async fn ended(
    entry: Box<Entry>,
    came: Result<Receipt, WriteFailure>,
    may_have_left: bool,
) -> Result<Receipt, WriteFailure> {
    let reported = came.as_ref().map_err(|failure| (failure.outcome(), failure.error().into()));
    match entry.ended(reported, may_have_left).await {
        Ending::AsReported => came,
        Ending::Unknown => came.map_err(|failure| WriteFailure::new(Outcome::Unknown, failure)),
        Ending::Refused(refusal) => Err(refusal.into()),
    }
}

/// What is known of a write when it was sent.
struct Sending {
    outcome: Result<Receipt, WriteFailure>,
    /// Whether any byte of it may have left.
    may_have_left: bool,
    recorder: Option<Recorder>,
}

/// `is_first`: whether it was never sent before.
async fn send(call: &Call, seen: &Observed<'_>, write: &Write, recorder: Recorder, is_first: bool) -> Sending {
    let operation = write.operation();
    let (grants, deadline) = (call.grants.clone(), call.deadline());
    let purpose = Purpose::Write { grants, operation, deadline, recorder };
    let ask = carry_out(wit::Write::from(write));
    let mut report = run(call, seen, purpose, ask).await;
    let (recorder, may_have_left) = (report.http.recorder.take(), report.http.write.may_have_left());
    let established = Established { rules: &call.grants.refusals, operation, is_first };
    let outcome = outcome::of_write(&call.reader(), write.reference(), established, report);
    Sending { outcome, may_have_left, recorder }
}

/// The operation that an order is for.
fn carry_out(
    order: wit::Write,
) -> impl for<'a> FnOnce(&'a Exports, &'a mut Store<CallState>, Instance) -> Operation<'a, Said> + Send {
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

/// Under what terms it may be sent.
async fn may_send(call: &Call, write: &Write, seen: &Observed<'_>) -> Result<RetryTerms, Error> {
    let terms = RetryTerms::of(call.offered(write.operation())?);
    write.validate()?;
    seen.caller.options.validate()?;
    call.unpaused(write.operation()).await?;
    call.in_time()?;
    Ok(terms)
}
