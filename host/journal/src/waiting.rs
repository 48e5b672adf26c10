//! Waiting for a journal that another process holds, as when one deployment replaces another, with a stand-in for the
//! meantime.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::LOG_TARGET;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::store::{AwaitedStore, Backing};
use super::{DiskSource, Journal, JournalOptions, WriteId};
use crate::JournalConfig;
use crate::error::JournalError;

/// Interval between checks whether the journal is free.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Future opening of a journal, however long that takes.
pub type Opened = Pin<Box<dyn Future<Output = Result<Arc<Journal>, JournalError>> + Send>>;

/// How long a host waits for a journal that another process holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct JournalWait {
    /// Maximum wait.
    pub at_most: Duration,
    /// Whether the host serves reads meanwhile.
    pub reads_meanwhile: bool,
}

/// Opens a journal as soon as no other process holds it, if that is within the maximum wait.
pub async fn open_when_free<F>(open: impl Fn() -> F + Send, at_most: Duration) -> Result<Arc<Journal>, JournalError>
where
    F: Future<Output = Result<Arc<Journal>, JournalError>> + Send,
{
    let (begun, mut logged) = (Instant::now(), false);
    loop {
        let error = match open().await {
            Err(error) if matches!(error, JournalError::InUse { .. }) => error,
            opened => return opened,
        };
        let left = at_most.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(error);
        }
        if !std::mem::replace(&mut logged, true) {
            tracing::info!(target: LOG_TARGET, %error, seconds = at_most.as_secs(), "waiting for the journal, at most this long");
        }
        tokio::time::sleep(POLL_INTERVAL.min(left)).await;
    }
}

/// A host's place for its journal: the journal itself, or a stand-in while it is waited for, whose every operation fails with
/// `journal.in-use`.
pub struct JournalSlot {
    stand_in: Arc<Journal>,
    taken: OnceLock<Arc<Journal>>,
    waiting: watch::Sender<Waiting>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Yes,
    Taken,
    GivenUp,
}

impl JournalSlot {
    /// A slot with this host's journal.
    pub fn taken(journal: Arc<Journal>) -> JournalSlot {
        JournalSlot { stand_in: journal, taken: OnceLock::new(), waiting: watch::Sender::new(Waiting::Taken) }
    }

    /// A slot for a journal that is waited for.
    pub fn awaited(medium: Backing) -> JournalSlot {
        let store = AwaitedStore { place: medium.to_string() };
        let stand_in = Journal::with_store(Box::new(store), WriteId(0), JournalOptions::default());
        let stand_in = Arc::new(Journal { medium: Some(medium), ..stand_in });
        JournalSlot { stand_in, taken: OnceLock::new(), waiting: watch::Sender::new(Waiting::Yes) }
    }

    /// Takes the journal, unless the wait was given up, and returns whether it did. Listeners of the stand-in get its events
    /// from then on.
    pub fn take(&self, mut journal: Arc<Journal>) -> bool {
        if let Some(journal) = Arc::get_mut(&mut journal) {
            journal.events = self.stand_in.events.clone();
        }
        self.waiting.send_if_modified(|waiting| {
            let takes = *waiting == Waiting::Yes && self.taken.set(journal).is_ok();
            if takes {
                *waiting = Waiting::Taken;
            }
            takes
        })
    }

    /// Gives up the wait.
    pub fn give_up(&self) {
        self.waiting.send_if_modified(|waiting| {
            let gives_up = *waiting == Waiting::Yes;
            if gives_up {
                *waiting = Waiting::GivenUp;
            }
            gives_up
        });
    }

    /// Returns once this host has the journal.
    ///
    /// # Errors
    /// It does not have it by then, or never will.
    pub async fn is_taken(&self, by: Option<Instant>) -> Result<(), JournalError> {
        if *self.waiting.borrow() == Waiting::Taken {
            return Ok(());
        }
        let mut listener = self.waiting.subscribe();
        let settled = listener.wait_for(|waiting| *waiting != Waiting::Yes);
        let settled = match by {
            Some(by) => tokio::time::timeout_at(by.into(), settled).await.ok().and_then(Result::ok).map(|end| *end),
            None => settled.await.ok().map(|end| *end),
        };
        match settled {
            Some(Waiting::Taken) => Ok(()),
            _ => {
                let place = self.place();
                let holder = crate::holder_note::holder(std::path::Path::new(&place));
                Err(JournalError::InUse { place, holder })
            }
        }
    }

    /// Path of the journal.
    pub fn place(&self) -> String {
        self.stand_in.medium.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl Deref for JournalSlot {
    type Target = Arc<Journal>;

    fn deref(&self) -> &Arc<Journal> {
        self.taken.get().unwrap_or(&self.stand_in)
    }
}

/// The task that waits for a journal. It ends when this is dropped.
pub struct JournalWaiter(AbortHandle);

impl JournalWaiter {
    /// Runs the wait in a task of its own.
    pub fn new(wait: impl Future<Output = ()> + Send + 'static) -> JournalWaiter {
        JournalWaiter(tokio::spawn(wait).abort_handle())
    }
}

impl Drop for JournalWaiter {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Backing of a journal, if it outlives the process.
pub fn medium(config: Option<&JournalConfig>, disk: Option<&Arc<dyn DiskSource>>) -> Option<Backing> {
    disk.cloned().map(Backing::Disk).or_else(|| config.map(|config| Backing::File(config.file.clone())))
}
