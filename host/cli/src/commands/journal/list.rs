//! The list of writes, as a table or as one document. What one line says of a write is said here for all commands.

use serde::Serialize;
use stockbridge::journal::{Evidence, JournalClient, Next, WriteFilter, WriteRecord, WriteState};
use stockbridge::{Progress, TransferStage};

use super::{ACTION, library, written};
use crate::arguments::journal::ListArguments;
use crate::closest;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Column};
use crate::typed::Typed;

/// The writes as a program reads them.
#[derive(Serialize)]
struct Listed<'a> {
    writes: &'a [WriteRecord],
}

/// Lists those that were asked for.
pub(super) async fn list(
    journal: &JournalClient,
    asked: ListArguments,
    typed: &Typed,
    json: bool,
) -> Result<Exit, Failure> {
    let limit = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let (account, is_waiting) = (asked.account.clone(), asked.waiting);
    let filter = WriteFilter {
        open: asked.open,
        waiting: asked.waiting,
        account: asked.account,
        reference: asked.reference,
        since: asked.since,
        before: asked.before,
        limit: Some(limit),
    };
    let writes = journal.list(&filter).await.map_err(library(ACTION))?;
    shown(ACTION, &writes, typed, json)?;
    if writes.is_empty()
        && let Some(account) = account
    {
        let known = journal.accounts().await.map_err(library(ACTION))?;
        if !known.contains(&account) {
            let known = closest::instead(&account, &known);
            output::note(&output::plain(&format!("no account `{account}` has writes here; those that have: {known}")));
        }
    }
    if !json && writes.len() == limit {
        let last = writes.last().map(|write| write.id.to_string()).unwrap_or_default();
        output::note(&format!("there may be more: --before {last}"));
    }
    Ok(if is_waiting && !writes.is_empty() { Exit::Waiting } else { Exit::Done })
}

/// Shows these writes.
pub(super) fn shown(action: &'static str, writes: &[WriteRecord], typed: &Typed, json: bool) -> Result<(), Failure> {
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
                output::plain(&beside(write, typed)),
            ]
        })
        .collect();
    output::lines(&output::table(columns, &rows)).map_err(written(action))
}

/// How it stands, in a word or two.
pub(super) fn state(write: &WriteRecord) -> &'static str {
    match &write.state {
        WriteState::Sending if write.interrupted => "left while sending",
        WriteState::Sending => "sending",
        WriteState::Unknown { .. } if write.needs_manual_review() => "unknown, waits for you",
        WriteState::Unknown { .. } => "unknown",
        WriteState::Applied { .. } => "applied",
        WriteState::NotApplied { .. } => "not applied",
        _ => "other",
    }
}

/// How far it got, or is to be taken where that is not the whole way.
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

/// What else there is to say of it in a line.
fn beside(write: &WriteRecord, typed: &Typed) -> String {
    let id = write.id.to_string();
    match &write.state {
        WriteState::Applied { receipt, .. } if receipt.progress == Progress::Stuck => {
            let document = receipt.document.as_ref().map(|document| format!("{document}; ")).unwrap_or_default();
            format!(
                "{document}act on it, then {}",
                typed.journal(&["settle", &id, "--applied", "--note", "how you know"])
            )
        }
        WriteState::Applied { receipt, by } => match (&receipt.document, by) {
            (Some(document), _) => document.clone(),
            (None, Evidence::Operator { by, .. }) => format!("says {by}"),
            (None, _) => String::new(),
        },
        WriteState::NotApplied { failure, .. } => failure.message.clone(),
        // What there is to look at is a paragraph.
        WriteState::Unknown { next: Next::ManualReview { .. }, .. } => typed.journal(&["show", &id]),
        WriteState::Unknown { next, .. } => next_text(next),
        WriteState::Sending if write.interrupted => typed.journal(&["recover"]),
        _ => String::new(),
    }
}

/// What the host does about it, or a person has to.
pub(super) fn next_text(next: &Next) -> String {
    match next {
        Next::Repeat { at } => format!("sent again at {}", output::time(*at)),
        Next::LookUp { at } => format!("looked up at {}", output::time(*at)),
        Next::ManualReview { why } => why.clone(),
        _ => String::new(),
    }
}
