//! A host that runs until nothing is left that it can find out by itself.

use std::path::Path;
use std::time::{Duration, Instant};

use stockbridge::journal::{JournalClient, WriteFilter, WriteRecord};
use stockbridge::{Config, Error, Host};

use super::list::shown;
use super::{RECOVERING, library, none};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::typed::Typed;

/// How often a recovery looks whether it is done.
const LOOK: Duration = Duration::from_millis(100);
/// How long a host may take to end.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Runs a host of the configuration until nothing is left that it can find out by itself. Where another host has the
/// journal, that one does so, and is waited for.
pub(super) async fn recover(config: &Path, within: Duration, typed: &Typed, json: bool) -> Result<Exit, Failure> {
    let failed = library(RECOVERING);
    let read = Config::from_file(config).map_err(&failed)?;
    let Some(journal) = &read.journal else { return Err(none(config, RECOVERING)) };
    let end = Instant::now() + within;
    let after = match client(journal.file()).await.map_err(&failed)? {
        Some(client) if client.is_in_use() => {
            let holder = client.holder().map_or_else(|| "another host".to_owned(), |holder| holder.to_string());
            output::note(&format!("the journal is in use: {holder}, has it and finds out; this waits for that"));
            beside(&client, end).await.map_err(&failed)?
        }
        client => alone(client, read, end).await.map_err(&failed)?,
    };
    shown(RECOVERING, &after, typed, json)?;
    Ok(exit(&after))
}

/// What is left for a person is not what a later recovery finds out.
fn exit(after: &[WriteRecord]) -> Exit {
    if after.iter().any(|write| write.is_open() && !write.needs_manual_review()) {
        return Exit::Unknown;
    }
    if after.iter().any(WriteRecord::is_open) { Exit::Waiting } else { Exit::Done }
}

/// By a host of its own.
async fn alone(client: Option<JournalClient>, config: Config, end: Instant) -> Result<Vec<WriteRecord>, Error> {
    // What the host finds out as soon as it starts is shown as well.
    let mut before = Vec::new();
    if let Some(client) = client {
        before = client.list(&open_writes()).await?;
        client.close().await?;
    }
    let host = Host::from_config(config).await?;
    while Instant::now() < end {
        let left = host.journal().list(&open_writes()).await?;
        if left.iter().all(WriteRecord::needs_manual_review) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let mut after = Vec::with_capacity(before.len());
    for write in before {
        after.extend(host.journal().get(write.id).await?);
    }
    host.shutdown(SHUTDOWN).await?;
    Ok(after)
}

/// By the host that has the journal.
async fn beside(client: &JournalClient, end: Instant) -> Result<Vec<WriteRecord>, Error> {
    let before = client.list(&open_writes()).await?;
    while Instant::now() < end {
        let left = client.list(&open_writes()).await?;
        if left.iter().all(WriteRecord::needs_manual_review) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let mut after = Vec::with_capacity(before.len());
    for write in before {
        after.extend(client.history(write.id).await?.map(|story| story.record));
    }
    Ok(after)
}

/// Who can be asked about this file. One that is not there yet is the host's to make.
async fn client(file: &Path) -> Result<Option<JournalClient>, Error> {
    if !file.exists() {
        return Ok(None);
    }
    Ok(Some(JournalClient::open(file).await?))
}

fn open_writes() -> WriteFilter {
    WriteFilter { open: true, ..WriteFilter::default() }
}
