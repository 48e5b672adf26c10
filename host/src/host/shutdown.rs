//! Shutdown of a host, and its report.

use std::time::{Duration, Instant};

use serde::Serialize;
use stockbridge_journal::note_interrupted;

use super::Host;
use crate::error::Error;

/// Report of a shutdown: see [`Host::shutdown`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Writes that were still in flight when the wait was over, and were cut off.
    pub interrupted: usize,
    /// Writes recorded as unknown because they were cut off. The next host looks up their outcome.
    pub recorded_unknown: usize,
}

impl Host {
    /// Shuts the host down: begins no more writes, waits for those in flight for at most `within`, cuts off the others, records
    /// them as unknown, and releases the journal for another host.
    ///
    /// Existing handles can still read.
    ///
    /// # Errors
    /// The journal cannot be written: the next host finds out from what is durable.
    pub async fn shutdown(&self, within: Duration) -> Result<ShutdownReport, Error> {
        self.state.end_recovery();
        let interrupted = self.state.writes.drain(Instant::now() + within).await;
        let recorded = if interrupted > 0 { note_interrupted(&self.state.registry.journal).await } else { Ok(0) };
        let closed = self.state.registry.journal.close().await;
        self.cache_written().await;
        let recorded_unknown = closed.and(recorded.map_err(Into::into))?;
        Ok(ShutdownReport { interrupted, recorded_unknown })
    }
}
