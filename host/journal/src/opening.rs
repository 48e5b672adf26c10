//! Opening a journal, and the news of its opening.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use parking_lot::Mutex;
use stockbridge_model::WriteId;
use stockbridge_model::boot_clock::BootInstant;

use crate::LOG_TARGET;
use tokio::sync::broadcast;

use super::Journal;
use super::age::Ageing;
use super::config::JournalConfig;
use super::gap::Gap;
use super::options::JournalOptions;
use super::schedule::Schedule;
use super::shares::Shares;
use super::store::{Backing, DiskSource, JournalIdentity, MemoryStore, Store};
use crate::error::JournalError;

/// Number of changes that a listener may lag behind.
const EVENT_BUFFER: usize = 1024;

/// State in which a journal was found when it was opened.
#[derive(Clone, Debug, Default)]
pub(super) struct FoundAs {
    /// Whether it was newly created.
    pub(super) made: bool,
    /// The gap, if it was restored or repaired.
    pub(super) gap: Option<Gap>,
}

/// News of a journal's opening.
#[derive(Clone, Debug)]
pub struct JournalNews {
    /// Path of the journal.
    pub place: String,
    /// Identity of the journal.
    pub identity: JournalIdentity,
    /// Whether it was newly created.
    pub made: bool,
    /// The time of which it has no record, if it was restored or repaired.
    pub gap: Option<Gap>,
}

impl Journal {
    /// Opens the configured journal; one in memory where none is configured.
    pub async fn open(
        config: Option<&JournalConfig>,
        disk: Option<Arc<dyn DiskSource>>,
        options: JournalOptions,
    ) -> Result<Arc<Journal>, JournalError> {
        let keep = config.map_or(JournalConfig::KEPT, |config| config.keep);
        let medium = disk.map(Backing::Disk).or_else(|| config.map(|config| Backing::File(config.file.clone())));
        let Some(medium) = medium else { return Ok(Arc::new(Journal::in_memory(options))) };
        let may_make = !config.is_some_and(|config| config.must_exist);
        Journal::open_backing(medium, may_make, keep, options).await.map(Arc::new)
    }

    /// Logs what an operator should know of the opening.
    pub(super) fn log_news(&self) {
        let (Some(medium), Some(identity)) = (&self.medium, self.identity) else { return };
        if self.opening.made {
            tracing::warn!(
                target: LOG_TARGET,
                journal = %medium,
                %identity,
                "a new journal was created: if there was an earlier one, it is not at this path, and its orders are unknown"
            );
        }
        if let Some(Gap { from, until, why, .. }) = &self.opening.gap {
            tracing::warn!(
                target: LOG_TARGET,
                journal = %medium,
                %identity,
                %from,
                %until,
                "the journal has no record of what was sent between these times ({why}): unknown orders that \
                 may be as old are not sent; compare with the providers, and then `stockbridge journal gap close`"
            );
        }
    }

    /// A journal that ends with the process.
    pub fn in_memory(options: JournalOptions) -> Journal {
        Journal::with_store(Box::<MemoryStore>::default(), WriteId(0), options)
    }

    pub(super) fn with_store(store: Box<dyn Store>, last: WriteId, options: JournalOptions) -> Journal {
        let JournalOptions { waits, clock, send_windows, watched, applications: _ } = options;
        let now = clock.now();
        Journal {
            note: Mutex::default(),
            store,
            claims: Arc::default(),
            last: AtomicU64::new(last.0),
            schedule: Schedule::new(waits.longest),
            events: broadcast::Sender::new(EVENT_BUFFER),
            keep: JournalConfig::KEPT,
            waits,
            clock,
            send_windows,
            opened: BootInstant::now(),
            medium: None,
            watched,
            ageing: Ageing::since(None, now),
            identity: None,
            epoch: 0,
            gaps: Mutex::default(),
            shares: Shares::default(),
            opening: FoundAs::default(),
        }
    }

    /// News of its opening, for listeners of the host.
    pub fn news(&self) -> Option<JournalNews> {
        let (medium, identity) = self.medium.as_ref().zip(self.identity)?;
        Some(JournalNews {
            place: medium.to_string(),
            identity,
            made: self.opening.made,
            gap: self.opening.gap.clone(),
        })
    }
}
