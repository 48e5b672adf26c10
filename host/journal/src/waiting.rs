//! A journal that another process still has, as where one deployment takes the place of another: waiting for it, and what
//! stands in its place meanwhile.

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

/// How often it is looked whether the journal is free.
const PAUSE: Duration = Duration::from_millis(100);

/// The opening of a journal, however long that is waited for.
pub type Opened = Pin<Box<dyn Future<Output = Result<Arc<Journal>, JournalError>> + Send>>;

/// How long a host waits for a journal that another process has.
#[derive(Clone, Copy, Debug, Default)]
pub struct JournalWait {
    /// How long at most.
    pub at_most: Duration,
    /// Whether the host serves what only reads meanwhile.
    pub reads_meanwhile: bool,
}

/// Opens a journal as soon as no other process has it, where that is soon enough.
pub async fn open_when_free<F>(open: impl Fn() -> F + Send, at_most: Duration) -> Result<Arc<Journal>, JournalError>
where
    F: Future<Output = Result<Arc<Journal>, JournalError>> + Send,
{
    let (begun, mut told) = (Instant::now(), false);
    loop {
        let error = match open().await {
            Err(error) if matches!(error, JournalError::InUse { .. }) => error,
            opened => return opened,
        };
        let left = at_most.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(error);
        }
        if !std::mem::replace(&mut told, true) {
            tracing::info!(target: LOG_TARGET, %error, seconds = at_most.as_secs(), "waiting for the journal, for so long at most");
        }
        tokio::time::sleep(PAUSE.min(left)).await;
    }
}

/// Where a host has its journal: the journal itself, or what stands in for it while it is waited for. That knows nothing, and
/// each question to it fails with `journal.in-use`.
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
    /// A journal that is this host's.
    pub fn taken(journal: Arc<Journal>) -> JournalSlot {
        JournalSlot { stand_in: journal, taken: OnceLock::new(), waiting: watch::Sender::new(Waiting::Taken) }
    }

    /// One that is waited for.
    pub fn awaited(medium: Backing) -> JournalSlot {
        let store = AwaitedStore { place: medium.to_string() };
        let stand_in = Journal::on(Box::new(store), WriteId(0), JournalOptions::default());
        let stand_in = Arc::new(Journal { medium: Some(medium), ..stand_in });
        JournalSlot { stand_in, taken: OnceLock::new(), waiting: watch::Sender::new(Waiting::Yes) }
    }

    /// Takes the journal, unless nobody waits for it any more. Whether it did. Who listens to the stand-in hears of its
    /// writes.
    pub fn take(&self, mut journal: Arc<Journal>) -> bool {
        if let Some(journal) = Arc::get_mut(&mut journal) {
            journal.told = self.stand_in.told.clone();
        }
        self.waiting.send_if_modified(|waiting| {
            let takes = *waiting == Waiting::Yes && self.taken.set(journal).is_ok();
            if takes {
                *waiting = Waiting::Taken;
            }
            takes
        })
    }

    /// Waits for it no more.
    pub fn give_up(&self) {
        self.waiting.send_if_modified(|waiting| {
            let gives_up = *waiting == Waiting::Yes;
            if gives_up {
                *waiting = Waiting::GivenUp;
            }
            gives_up
        });
    }

    /// Returns once the journal is this host's.
    ///
    /// # Errors
    /// It is not by then, or never will be.
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
                let holder = crate::control::holder(std::path::Path::new(&place));
                Err(JournalError::InUse { place, holder })
            }
        }
    }

    /// Where it is.
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
    /// Waits in a task of its own.
    pub fn new(wait: impl Future<Output = ()> + Send + 'static) -> JournalWaiter {
        JournalWaiter(tokio::spawn(wait).abort_handle())
    }
}

impl Drop for JournalWaiter {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a journal stands on, if it outlives the process.
pub fn medium(config: Option<&JournalConfig>, disk: Option<&Arc<dyn DiskSource>>) -> Option<Backing> {
    disk.cloned().map(Backing::Disk).or_else(|| config.map(|config| Backing::File(config.file.clone())))
}
