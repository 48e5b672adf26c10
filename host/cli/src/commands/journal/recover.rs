//! A host that runs until nothing is left that it can find out by itself.

use std::path::Path;
use std::time::{Duration, Instant};

use stockbridge::journal::{JournalClient, WriteFilter, WriteRecord};
use stockbridge::{Config, Error, Host};

use super::list::shown;
use super::{RECOVERING, library, none};
use crate::exit::Exit;
use crate::failure::Failure;

/// How often a recovery looks whether it is done.
const LOOK: Duration = Duration::from_millis(100);
/// How long a host may take to end.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Runs a host of the configuration until nothing is left that it can find out by itself.
pub(super) async fn recover(config: &Path, within: Duration, json: bool) -> Result<Exit, Failure> {
    let failed = library(RECOVERING);
    let read = Config::from_file(config).map_err(&failed)?;
    let Some(journal) = &read.journal else { return Err(none(config, RECOVERING)) };
    // What the host finds out as soon as it starts is shown as well.
    let before = open_in(journal.file()).await.map_err(&failed)?;
    let host = Host::from_config(read).await.map_err(&failed)?;
    let end = Instant::now() + within;
    while Instant::now() < end {
        let left = host.journal().list(&open_writes()).await.map_err(&failed)?;
        if left.iter().all(WriteRecord::waits_for_a_person) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let mut after = Vec::with_capacity(before.len());
    for write in before {
        after.extend(host.journal().get(write.id).await.map_err(&failed)?);
    }
    host.shutdown(SHUTDOWN).await.map_err(&failed)?;
    shown(RECOVERING, &after, json)?;
    let left = after.iter().any(WriteRecord::is_open);
    Ok(if left { Exit::Unknown } else { Exit::Done })
}

/// What is open in this file, while no host works on it. One that is not there yet is the host's to make.
async fn open_in(file: &Path) -> Result<Vec<WriteRecord>, Error> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let journal = JournalClient::open(file).await?;
    let open = journal.list(&open_writes()).await?;
    journal.close().await?;
    Ok(open)
}

fn open_writes() -> WriteFilter {
    WriteFilter { open: true, ..WriteFilter::default() }
}
