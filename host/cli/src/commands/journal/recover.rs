//! Recovery: a host that runs until no write is left whose outcome it can determine.

use std::path::Path;
use std::time::{Duration, Instant};

use stockbridge::journal::{JournalClient, WriteFilter, WriteRecord};
use stockbridge::{Config, Error, Host};

use super::list::shown;
use super::{RECOVERING, library, no_journal};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output;

/// Interval between checks whether the recovery is done.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Timeout for the host's shutdown.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Runs a host of the configuration until no write is left whose outcome it can determine. Where another host holds the
/// journal, that one does so, and this waits for it.
pub(super) async fn recover(
    config: &Path,
    within: Duration,
    invocation: &Invocation,
    json: bool,
) -> Result<Exit, Failure> {
    let failed = library(RECOVERING);
    let read = Config::from_file(config).map_err(&failed)?;
    let Some(journal) = &read.journal else { return Err(no_journal(config, RECOVERING)) };
    let end = Instant::now() + within;
    let after = match client(journal.file()).await.map_err(&failed)? {
        Some(client) if client.is_in_use() => {
            let holder = client.holder().map_or_else(|| "another host".to_owned(), |holder| holder.to_string());
            output::note(&format!(
                "the journal is in use: {holder}, holds it and recovers the writes; this waits for that"
            ));
            through_running_host(&client, end).await.map_err(&failed)?
        }
        client => with_own_host(client, read, end).await.map_err(&failed)?,
    };
    shown(RECOVERING, &after, invocation, json)?;
    Ok(exit(&after))
}

/// Exit code: writes left for a person differ from writes that a later recovery may determine.
fn exit(after: &[WriteRecord]) -> Exit {
    if after.iter().any(|write| write.is_open() && !write.needs_manual_review()) {
        return Exit::Unknown;
    }
    if after.iter().any(WriteRecord::is_open) { Exit::Waiting } else { Exit::Done }
}

/// Recovers through a host of its own.
async fn with_own_host(client: Option<JournalClient>, config: Config, end: Instant) -> Result<Vec<WriteRecord>, Error> {
    // Writes whose outcome the host determines right at its start are shown too.
    let mut before = Vec::new();
    if let Some(client) = client {
        before = client.list(&open_writes()).await?;
        client.close().await?;
    }
    let host = Host::from_config(config).await?;
    while Instant::now() < end {
        let open = host.journal().list(&open_writes()).await?;
        if open.iter().all(WriteRecord::needs_manual_review) {
            break;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    let mut after = Vec::with_capacity(before.len());
    for write in before {
        after.extend(host.journal().get(write.id).await?);
    }
    host.shutdown(SHUTDOWN).await?;
    Ok(after)
}

/// Waits for the host that holds the journal.
async fn through_running_host(client: &JournalClient, end: Instant) -> Result<Vec<WriteRecord>, Error> {
    let before = client.list(&open_writes()).await?;
    while Instant::now() < end {
        let open = client.list(&open_writes()).await?;
        if open.iter().all(WriteRecord::needs_manual_review) {
            break;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    let mut after = Vec::with_capacity(before.len());
    for write in before {
        after.extend(client.history(write.id).await?.map(|history| history.record));
    }
    Ok(after)
}

/// A client of this file's journal. None where the file does not exist yet: the host creates it.
async fn client(file: &Path) -> Result<Option<JournalClient>, Error> {
    if !file.exists() {
        return Ok(None);
    }
    Ok(Some(JournalClient::open(file).await?))
}

fn open_writes() -> WriteFilter {
    WriteFilter { open: true, ..WriteFilter::default() }
}
