//! Export of every write with its history, one line of JSON each: for an archive, before the journal drops them.

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
/// Number of writes listed at a time.
const PAGE: usize = 256;

/// Writes the export, the latest write first, to a new file or to standard output.
pub(super) async fn export(journal: JournalClient, arguments: &ExportArguments) -> Result<Exit, Failure> {
    let mut out = open_output(arguments.output.as_deref()).map_err(written(EXPORTING))?;
    let (mut before, mut writes) = (arguments.before, 0_u64);
    loop {
        let filter = WriteFilter { since: arguments.since, before, limit: Some(PAGE), ..WriteFilter::default() };
        let page = journal.list(&filter).await.map_err(library(EXPORTING))?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for record in &page {
            // The journal may have dropped it meanwhile.
            let Some(history) = journal.history(record.id).await.map_err(library(EXPORTING))? else { continue };
            let mut line = serde_json::to_vec(&history).map_err(|error| written(EXPORTING)(error.into()))?;
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

fn open_output(file: Option<&Path>) -> std::io::Result<Box<dyn std::io::Write + Send>> {
    let Some(file) = file else { return Ok(Box::new(std::io::BufWriter::new(std::io::stdout()))) };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(Box::new(std::io::BufWriter::new(options.open(file)?)))
}
