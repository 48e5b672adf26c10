//! Every write with its story, a line of JSON each: for an archive, before the journal forgets them.

use std::io::Write as _;
use std::path::Path;

use stockbridge::journal::{JournalClient, WriteFilter};

use super::upkeep::closed;
use super::{library, written};
use crate::arguments::journal::ExportArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

const EXPORTING: &str = "the export";
/// How many writes are listed at a time.
const PAGE: usize = 256;

/// Writes them to a file that is not there, or to standard output: the latest first.
pub(super) async fn export(journal: JournalClient, asked: &ExportArguments) -> Result<Exit, Failure> {
    let mut out = opened(asked.output.as_deref()).map_err(written(EXPORTING))?;
    let (mut before, mut writes) = (asked.before, 0_u64);
    loop {
        let filter = WriteFilter { since: asked.since, before, limit: Some(PAGE), ..WriteFilter::default() };
        let page = journal.list(&filter).await.map_err(library(EXPORTING))?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for record in &page {
            // One that was forgotten meanwhile is not there any more.
            let Some(story) = journal.history(record.id).await.map_err(library(EXPORTING))? else { continue };
            let mut line = serde_json::to_vec(&story).map_err(|error| written(EXPORTING)(error.into()))?;
            line.push(b'\n');
            out.write_all(&line).map_err(written(EXPORTING))?;
            writes += 1;
        }
    }
    out.flush().map_err(written(EXPORTING))?;
    closed(journal).await;
    output::note(&format!("{writes} writes"));
    Ok(Exit::Done)
}

fn opened(file: Option<&Path>) -> std::io::Result<Box<dyn std::io::Write + Send>> {
    let Some(file) = file else { return Ok(Box::new(std::io::BufWriter::new(std::io::stdout()))) };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(Box::new(std::io::BufWriter::new(options.open(file)?)))
}
