//! The list of writes, as a table or as one JSON document. The one-line texts about a write are here for all commands.

use serde::Serialize;
use stockbridge::journal::{Evidence, JournalClient, Next, WriteFilter, WriteRecord, WriteState};
use stockbridge::{Progress, TransferStage};

use super::{ACTION, library, written};
use crate::arguments::journal::ListArguments;
use crate::closest;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::{self, Column};

/// The writes, as JSON.
#[derive(Serialize)]
struct Listed<'a> {
    writes: &'a [WriteRecord],
}

/// Lists the writes that match the options.
pub(super) async fn list(
    journal: &JournalClient,
    arguments: ListArguments,
    invocation: &Invocation,
    json: bool,
) -> Result<Exit, Failure> {
    let limit = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let (account, is_waiting) = (arguments.account.clone(), arguments.waiting);
    let filter = WriteFilter {
        open: arguments.open,
        waiting: arguments.waiting,
        account: arguments.account,
        reference: arguments.reference,
        since: arguments.since,
        before: arguments.before,
        limit: Some(limit),
    };
    let writes = journal.list(&filter).await.map_err(library(ACTION))?;
    shown(ACTION, &writes, invocation, json)?;
    if writes.is_empty()
        && let Some(account) = account
    {
        let accounts = journal.accounts().await.map_err(library(ACTION))?;
        if !accounts.contains(&account) {
            let accounts = closest::alternatives(&account, &accounts);
            output::note(&output::plain(&format!(
                "no account `{account}` has writes here; those that have: {accounts}"
            )));
        }
    }
    if !json && writes.len() == limit {
        let last = writes.last().map(|write| write.id.to_string()).unwrap_or_default();
        output::note(&format!("there may be more: --before {last}"));
    }
    Ok(if is_waiting && !writes.is_empty() { Exit::Waiting } else { Exit::Done })
}

/// Shows these writes.
pub(super) fn shown(
    action: &'static str,
    writes: &[WriteRecord],
    invocation: &Invocation,
    json: bool,
) -> Result<(), Failure> {
    if json {
        return output::json(&Listed { writes }).map_err(written(action));
    }
    if writes.is_empty() {
        output::note("no such write");
        return Ok(());
    }
    let columns = [
        Column::Figure("write"),
        Column::Text("sent"),
        Column::Text("account"),
        Column::Text("operation"),
        Column::Text("reference"),
        Column::Text("state"),
        Column::Text("progress"),
        Column::Text("document or next"),
    ];
    let rows: Vec<_> = writes
        .iter()
        .map(|write| {
            [
                write.id.to_string(),
                output::time(write.last_sent),
                output::plain(&write.account),
                output::plain(&write.operation),
                output::plain(write.reference.as_str()),
                state(write).to_owned(),
                progress(write).to_owned(),
                output::plain(&detail(write, invocation)),
            ]
        })
        .collect();
    output::lines(&output::table(columns, &rows)).map_err(written(action))
}

/// The write's state, in a word or two.
pub(super) fn state(write: &WriteRecord) -> &'static str {
    match &write.state {
        WriteState::Sending if write.interrupted => "left while sending",
        WriteState::Sending => "sending",
        WriteState::Unknown { .. } if write.needs_manual_review() => "unknown, needs you",
        WriteState::Unknown { .. } => "unknown",
        WriteState::Applied { .. } => "applied",
        WriteState::NotApplied { .. } => "not applied",
        _ => "other",
    }
}

/// Progress of the write, or the stage it is to reach if that is not the last one.
pub(super) fn progress(write: &WriteRecord) -> &'static str {
    let got = match &write.state {
        WriteState::Applied { receipt, .. } => Some(receipt.progress),
        _ => None,
    };
    match (got, write.stage) {
        (Some(Progress::Stuck), _) => "stuck",
        (_, Some(TransferStage::Draft)) => "draft",
        (Some(_), Some(TransferStage::Submitted)) => "submitted",
        (Some(Progress::Done), _) => "done",
        (Some(Progress::Accepted), _) => "accepted",
        (None, _) => "",
    }
}

/// Remaining detail of the write, in one line.
fn detail(write: &WriteRecord, invocation: &Invocation) -> String {
    let id = write.id.to_string();
    match &write.state {
        WriteState::Applied { receipt, .. } if receipt.progress == Progress::Stuck => {
            let document = receipt.document.as_ref().map(|document| format!("{document}; ")).unwrap_or_default();
            format!(
                "{document}act on it, then {}",
                invocation.journal(&["settle", &id, "--applied", "--note", "how you know"])
            )
        }
        WriteState::Applied { receipt, by } => match (&receipt.document, by) {
            (Some(document), _) => document.clone(),
            (None, Evidence::Operator { by, .. }) => format!("says {by}"),
            (None, _) => String::new(),
        },
        WriteState::NotApplied { failure, .. } => failure.message.clone(),
        // The text on what to check is a whole paragraph: too long for a cell.
        WriteState::Unknown { next: Next::ManualReview { .. }, .. } => invocation.journal(&["show", &id]),
        WriteState::Unknown { next, .. } => next_text(next),
        WriteState::Sending if write.interrupted => invocation.journal(&["recover"]),
        _ => String::new(),
    }
}

/// The next step, the host's or a person's.
pub(super) fn next_text(next: &Next) -> String {
    match next {
        Next::Repeat { at } => format!("sent again at {}", output::time(*at)),
        Next::LookUp { at } => format!("looked up at {}", output::time(*at)),
        Next::ManualReview { why } => why.clone(),
        _ => String::new(),
    }
}
