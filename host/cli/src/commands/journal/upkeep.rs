//! Commands on a journal as a whole: create, copy, verify and repair.

use std::path::Path;

use serde::Serialize;
use stockbridge::JournalError;
use stockbridge::journal::{self, Copied, JournalClient, JournalIdentity, Repaired, Verified};

use super::{ACTION, library, written};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Facts};

const MAKING: &str = "the making of the journal";
const BACKING_UP: &str = "the backup";
const REPAIRING: &str = "the repair";

/// A new journal, as JSON.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Made<'a> {
    file: &'a Path,
    journal: JournalIdentity,
}

/// Creates an empty journal.
pub(super) async fn init(file: &Path, json: bool) -> Result<Exit, Failure> {
    let journal = journal::init(file).await.map_err(library(MAKING))?;
    if json {
        output::json(&Made { file, journal }).map_err(written(MAKING))?;
    } else {
        let mut facts = Facts::new(format!("a new journal in {}", output::plain(&file.display().to_string())));
        facts.add("identity", journal);
        output::lines(&facts.text()).map_err(written(MAKING))?;
    }
    Ok(Exit::Done)
}

/// Copies the journal, also while a host uses it.
pub(super) async fn backup(journal: JournalClient, to: &Path, json: bool) -> Result<Exit, Failure> {
    let copied = journal.back_up(to).await.map_err(library(BACKING_UP))?;
    closed(journal).await;
    if json {
        output::json(&copied).map_err(written(BACKING_UP))?;
    } else {
        output::lines(&backup_text(&copied)).map_err(written(BACKING_UP))?;
    }
    Ok(Exit::Done)
}

fn backup_text(copied: &Copied) -> String {
    let mut facts =
        Facts::new(format!("{} writes in {}", copied.writes, output::plain(&copied.file.display().to_string())));
    facts.add("journal", copied.journal);
    facts.add("as of", copied.at);
    facts.add("BLAKE3", &copied.blake3);
    facts.add("to restore", "end the host, copy it to the journal's place, and start the host");
    facts.text()
}

/// Verifies all of a journal, or of the one that a running host holds.
pub(super) async fn verify(file: &Path, json: bool) -> Result<Exit, Failure> {
    let verified = match journal::verify(file).await {
        Err(JournalError::InUse { .. }) => {
            let journal = JournalClient::open(file).await.map_err(library(ACTION))?;
            let verified = journal.verify().await;
            closed(journal).await;
            verified
        }
        verified => verified,
    };
    let verified = verified.map_err(library(ACTION))?;
    if json {
        output::json(&verified).map_err(written(ACTION))?;
    } else {
        output::lines(&verification_text(&verified)).map_err(written(ACTION))?;
    }
    Ok(Exit::Done)
}

fn verification_text(verified: &Verified) -> String {
    let mut facts = Facts::new(format!("{} is whole", output::plain(&verified.file.display().to_string())));
    facts.add("journal", verified.journal);
    facts.add("writes", verified.writes);
    facts.add("events", verified.events);
    facts.add_some("backup, as of", verified.backup_of);
    facts.text()
}

/// Copies what can be read of a damaged journal into a new file.
pub(super) async fn repair(damaged: &Path, to: &Path, json: bool) -> Result<Exit, Failure> {
    let repaired = journal::repair(damaged, to).await.map_err(library(REPAIRING))?;
    if json {
        output::json(&repaired).map_err(written(REPAIRING))?;
    } else {
        output::lines(&repair_text(&repaired)).map_err(written(REPAIRING))?;
    }
    Ok(Exit::Done)
}

fn repair_text(repaired: &Repaired) -> String {
    let file = output::plain(&repaired.file.display().to_string());
    let mut facts = Facts::new(format!("{} writes copied into {file}", repaired.writes));
    facts.add("journal", repaired.journal);
    facts.add_some("what was wrong", repaired.problem.as_ref());
    if repaired.lost > 0 {
        facts.add("not read", format!("{} writes, judging by their numbers", repaired.lost));
    }
    facts.add("not certain since", repaired.gap_from);
    facts.add(
        "next",
        "move it to the journal's place and start the host; orders of which it has no record wait until \
                       `stockbridge journal gap close`",
    );
    facts.text()
}

/// Closes the journal. The command's effect is durable already: a file that was not closed in order is repaired by the next
/// process that opens it.
pub(super) async fn closed(journal: JournalClient) {
    if let Err(error) = journal.close().await {
        output::note(&format!("the journal: {error}"));
    }
}
