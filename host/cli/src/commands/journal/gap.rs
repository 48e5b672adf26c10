//! The times of which a journal has no record, and a person's word that one was compared.

use serde::Serialize;
use stockbridge::journal::{ClosedGap, Gap, JournalClient};

use super::upkeep::closed;
use super::{ACTION, library, settle, written};
use crate::arguments::journal::CloseGapArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Column};

const CLOSING: &str = "the closing of the gap";

/// The gaps as a program reads them.
#[derive(Serialize)]
struct Listed<'a> {
    gaps: &'a [Gap],
}

/// Lists them, those too that are closed.
pub(super) async fn list(journal: JournalClient, json: bool) -> Result<Exit, Failure> {
    let gaps = journal.gaps().await.map_err(library(ACTION))?;
    closed(journal).await;
    shown(ACTION, &gaps, json)?;
    Ok(if gaps.iter().all(Gap::is_closed) { Exit::Done } else { Exit::Waiting })
}

/// Closes those that are open for an account, or for all.
pub(super) async fn close(journal: JournalClient, asked: &CloseGapArguments, json: bool) -> Result<Exit, Failure> {
    let by = settle::who(CLOSING, asked.by.as_ref())?;
    let word = ClosedGap { account: asked.account.clone(), by, note: asked.note.clone() };
    let gaps = journal.close_gap(word).await.map_err(library(CLOSING))?;
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
                output::plain(&compared(gap)),
            ]
        })
        .collect();
    output::lines(&output::table(columns, &rows)).map_err(written(action))
}

fn compared(gap: &Gap) -> String {
    if gap.closed.is_empty() {
        return "not yet".to_owned();
    }
    let words = gap.closed.iter().map(|closure| {
        let account = closure.account.as_deref().unwrap_or("all accounts");
        format!("{account}: {} by {}", closure.note, closure.by)
    });
    words.collect::<Vec<_>>().join("; ")
}
