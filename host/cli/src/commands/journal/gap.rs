//! Gaps: times of which a journal has no record, and an operator's confirmation that one was compared with the provider.

use serde::Serialize;
use stockbridge::journal::{ClosedGap, Gap, JournalClient};

use super::upkeep::closed;
use super::{ACTION, library, settle, written};
use crate::arguments::journal::CloseGapArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Column};

const CLOSING: &str = "the closing of the gap";

/// The gaps, as JSON.
#[derive(Serialize)]
struct Listed<'a> {
    gaps: &'a [Gap],
}

/// Lists the gaps, closed ones included.
pub(super) async fn list(journal: JournalClient, json: bool) -> Result<Exit, Failure> {
    let gaps = journal.gaps().await.map_err(library(ACTION))?;
    closed(journal).await;
    shown(ACTION, &gaps, json)?;
    Ok(if gaps.iter().all(Gap::is_closed) { Exit::Done } else { Exit::Waiting })
}

/// Closes the open gaps of an account, or of all accounts.
pub(super) async fn close(journal: JournalClient, arguments: &CloseGapArguments, json: bool) -> Result<Exit, Failure> {
    let by = settle::operator(CLOSING, arguments.by.as_ref())?;
    let closure = ClosedGap { account: arguments.account.clone(), by, note: arguments.note.clone() };
    let gaps = journal.close_gap(closure).await.map_err(library(CLOSING))?;
    closed(journal).await;
    shown(CLOSING, &gaps, json)?;
    Ok(Exit::Done)
}

fn shown(action: &'static str, gaps: &[Gap], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&Listed { gaps }).map_err(written(action));
    }
    if gaps.is_empty() {
        output::note("the journal has no gap");
        return Ok(());
    }
    let columns = [
        Column::Figure("epoch"),
        Column::Text("no record from"),
        Column::Text("until"),
        Column::Text("why"),
        Column::Text("compared"),
    ];
    let rows: Vec<_> = gaps
        .iter()
        .map(|gap| {
            [
                gap.epoch.to_string(),
                output::time(gap.from),
                output::time(gap.until),
                gap.why.to_string(),
                output::plain(&closures_text(gap)),
            ]
        })
        .collect();
    output::lines(&output::table(columns, &rows)).map_err(written(action))
}

fn closures_text(gap: &Gap) -> String {
    if gap.closed.is_empty() {
        return "not yet".to_owned();
    }
    let closures = gap.closed.iter().map(|closure| {
        let account = closure.account.as_deref().unwrap_or("all accounts");
        format!("{account}: {} by {}", closure.note, closure.by)
    });
    closures.collect::<Vec<_>>().join("; ")
}
