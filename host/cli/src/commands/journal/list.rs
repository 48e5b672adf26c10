//! The list of writes, as a table or as one document. What one line says of a write is said here for all commands.

use serde::Serialize;
use stockbridge::journal::{Evidence, JournalClient, Next, WriteFilter, WriteRecord, WriteState};

use super::arguments::ListArguments;
use super::{ACTION, library, written};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Column};

/// The writes as a program reads them.
#[derive(Serialize)]
struct Listed<'a> {
    writes: &'a [WriteRecord],
}

/// Lists those that were asked for.
pub(super) async fn list(journal: &JournalClient, asked: ListArguments, json: bool) -> Result<Exit, Failure> {
    let filter = WriteFilter {
        open: asked.open,
        waiting: asked.waiting,
        account: asked.account,
        reference: asked.reference,
        since: asked.since,
        before: asked.before,
        limit: Some(asked.limit),
    };
    let writes = journal.list(&filter).await.map_err(library(ACTION))?;
    shown(ACTION, &writes, json)?;
    if !json && writes.len() == asked.limit {
        let last = writes.last().map(|write| write.id.to_string()).unwrap_or_default();
        output::note(&format!("there may be more: --before {last}"));
    }
    Ok(Exit::Done)
}

/// Shows these writes.
pub(super) fn shown(action: &'static str, writes: &[WriteRecord], json: bool) -> Result<(), Failure> {
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
        Column::Text("document or next"),
    ];
    let rows: Vec<_> = writes
        .iter()
        .map(|write| {
            [
                write.id.to_string(),
                write.last_sent.to_string(),
                output::plain(&write.account),
                output::plain(&write.operation),
                write.reference.to_string(),
                state(write).to_owned(),
                output::plain(&beside(write)),
            ]
        })
        .collect();
    output::lines(&output::table(columns, &rows)).map_err(written(action))
}

/// How it stands, in a word or two.
pub(super) fn state(write: &WriteRecord) -> &'static str {
    match &write.state {
        WriteState::Sending => "sending",
        WriteState::Unknown { .. } if write.waits_for_a_person() => "unknown, waits for you",
        WriteState::Unknown { .. } => "unknown",
        WriteState::Applied { .. } => "applied",
        WriteState::NotApplied { .. } => "not applied",
        _ => "other",
    }
}

/// What else there is to say of it in a line.
fn beside(write: &WriteRecord) -> String {
    match &write.state {
        WriteState::Applied { receipt, by } => match (&receipt.document, by) {
            (Some(document), _) => document.clone(),
            (None, Evidence::Person { by, .. }) => format!("says {by}"),
            (None, _) => String::new(),
        },
        WriteState::NotApplied { failure, .. } => failure.message.clone(),
        // What there is to look at is a paragraph.
        WriteState::Unknown { next: Next::Person { .. }, .. } => format!("stockbridge journal show {}", write.id),
        WriteState::Unknown { next, .. } => next_text(next),
        _ => String::new(),
    }
}

/// What the host does about it, or a person has to.
pub(super) fn next_text(next: &Next) -> String {
    match next {
        Next::Repeat { at } => format!("sent again at {at}"),
        Next::LookUp { at } => format!("looked up at {at}"),
        Next::Person { why } => why.clone(),
        _ => String::new(),
    }
}
