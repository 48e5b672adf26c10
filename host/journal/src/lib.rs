//! A journal of writes to systems that cannot take them back: it records every write from before its first byte leaves until its
//! outcome is known.
//!
//! Sending writes and looking up their outcome is the caller's part: it [enters](Journal::enter) an order, makes its
//! [intent](Entry::intend) durable before the first byte leaves, and records how the attempt [ended](Entry::ended). Writes of
//! unknown outcome are [finished](Recovery) by a [`Finisher`].
//!
//! | module | responsibility |
//! |---|---|
//! | `admission` | new orders, and known ones that are answered from the journal |
//! | `application` | which accounts are one application to a provider, in which references are unique |
//! | `recorded_outcome` | the recorded outcome of an order that is refused before it is sent |
//! | `opening`, `options` | opening a journal, and its options |
//! | `entry` | one write in the hands of a task |
//! | `keyed_lock` | a lock for each write: one task at a time works on it |
//! | `clock` | the wall clock |
//! | `plan` | the next step for a write of unknown outcome |
//! | `recovery` | the task that takes these steps |
//! | `schedule` | their times |
//! | `record`, `exchange`, `framed` | the records, and their format |
//! | `story` | the events of a write, within a limit |
//! | `shares` | each account's share of the journal |
//! | `age` | the journal's own age, which decides when a write is forgotten |
//! | `known` | finding an order, under each application of its account |
//! | `gap` | times without a record, since the journal was restored |
//! | `store` | storage: a small trait, memory, and with the feature `file` a file |
//! | `file`, `without_file` | opening, creating, verifying and repairing a journal in a file; its refusal without that feature |
//! | `admin`, `messages` | what operators see, read and do |
//! | `waiting` | waiting for a journal that another process holds |
//! | `error`, `not_opened`, `refusal` | errors; reasons why it was not opened; its answer to a write that is not sent |
//! | `config`, `holder`, `holder_note` | its file; the process that holds it, and the note that names it |
//! | `upkeep` | copying and verifying an open journal, and closing its gaps |
//! | `control` | the socket by which an operator's command reaches the host that holds the journal |

#![cfg_attr(not(feature = "file"), allow(dead_code, reason = "only a journal in a file uses these parts of a record"))]

mod admin;
mod admission;
mod age;
pub mod application;
mod clock;
mod config;
#[cfg(feature = "file")]
mod control;
mod entry;
mod error;
mod exchange;
#[cfg(feature = "file")]
mod file;
mod framed;
mod gap;
mod holder;
mod holder_note;
mod keyed_lock;
mod known;
mod messages;
mod not_opened;
mod opening;
mod options;
mod plan;
mod record;
mod recorded_outcome;
mod recovery;
mod refusal;
mod schedule;
mod shares;
mod store;
mod story;
mod subscription;
#[cfg(test)]
mod tests;
mod upkeep;
mod waiting;
#[cfg(not(feature = "file"))]
mod without_file;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::boot_clock::BootInstant;
use stockbridge_model::{FailpointHook, SendWindow, Timestamp, WriteId};
use tokio::sync::broadcast;

pub use admin::{Settlement, WriteFilter, WriteHistory, WriteRecord};
pub use admission::{Admission, Unsent, WriteRequest};
use age::{Age, Ageing, Stamp};
use application::Row;
use clock::Moment;
pub use clock::WallClock;
pub use config::JournalConfig;
#[cfg(all(feature = "file", unix))]
pub use control::Control;
#[cfg(feature = "file")]
pub use control::JournalClient;
pub use entry::Entry;
pub use error::{IN_GAP, JournalError};
pub use exchange::{Body, WireAnswer, WireRequest};
#[cfg(feature = "file")]
pub use file::{init, repair, verify};
use framed::{Kind, Which, decode_as};
pub use gap::{ClosedGap, Gap, GapCause, GapClosure};
pub use holder::JournalHolder;
use holder_note::HolderNote;
use keyed_lock::KeyedLock;
pub use known::Sought;
use opening::FoundAs;
pub use opening::JournalNews;
use options::Watched;
pub use options::{Failpoint, JournalOptions, SendWindows};
pub use plan::RecoveryBackoff;
pub use record::State as WriteState;
pub use record::{Evidence, IdempotencyKey, Intent, Next, RetryTerms, WriteEvent, WriteEventKind, WriteStatus};
use record::{SendLimit, State};
pub use recovery::{Finisher, Recovery, note_interrupted};
pub use refusal::{AttemptFailure, Ending, RefusalReason, WriteRefusal};
use schedule::{Schedule, between};
use shares::Shares;
#[cfg(feature = "file")]
pub use store::Repaired;
#[cfg(all(feature = "file", unix))]
pub use store::rights_problem;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub use store::testing;
pub use store::{Backing, Copied, Disk, DiskSource, JournalIdentity, StoreError, Verified};
use store::{End, Store, Stored};
pub use subscription::{Missed, Subscription};
pub use waiting::{JournalSlot, JournalWait, JournalWaiter, Opened, medium, open_when_free};

/// Log target of the journal.
pub const LOG_TARGET: &str = "stockbridge::journal";

/// Timeout for closing the store.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// The journal of a host's writes. A host has one: `Host::journal` of the crate `stockbridge`.
pub struct Journal {
    /// Note that names the file's holder. Removed before the file is released.
    note: Mutex<Option<HolderNote>>,
    store: Box<dyn Store>,
    claims: Arc<KeyedLock>,
    /// The highest number assigned to a write.
    last: AtomicU64,
    /// Times at which the host acts on writes.
    schedule: Schedule,
    events: broadcast::Sender<WriteRecord>,
    keep: Duration,
    waits: RecoveryBackoff,
    clock: WallClock,
    send_windows: SendWindows,
    /// When this host first read its contents.
    opened: BootInstant,
    medium: Option<Backing>,
    watched: Option<Watched>,
    /// The journal's age, which decides when a write is forgotten.
    ageing: Ageing,
    /// None of a journal in memory.
    identity: Option<JournalIdentity>,
    /// How often it was restored or repaired.
    epoch: u32,
    gaps: Mutex<Vec<Gap>>,
    /// Each account's share of the journal.
    shares: Shares,
    /// State in which it was found when it was opened.
    opening: FoundAs,
}

/// Whether bytes of a write may still leave, from the host that sent it.
enum MayLeave {
    NoMore,
    /// For this long.
    For(Duration),
    /// Without a known limit.
    Always,
}

impl Journal {
    /// The current time, by the journal's age and by the clock.
    fn stamp(&self) -> Stamp {
        Stamp { age: self.ageing.now(), at: self.now() }
    }

    fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The latest gap that still blocks orders of this account.
    fn gap_for(&self, account: &str) -> Option<Gap> {
        let gaps = self.known_gaps();
        let open = || gaps.iter().filter(|gap| gap.is_open_for(account));
        // Of several gaps, whose ends were recorded by different clocks, the latest end holds for all.
        let until = open().map(|gap| gap.until).max()?;
        open().next_back().map(|latest| Gap { until, ..latest.clone() })
    }

    fn known_gaps(&self) -> MutexGuard<'_, Vec<Gap>> {
        self.gaps.lock()
    }

    /// Whether its contents outlive the process.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.medium.is_some()
    }

    /// Opens the control socket for operators' commands, where the journal is a file. None where that fails; writes go on
    /// without it.
    ///
    /// # Errors
    /// The journal's path is too long for this system's sockets, so that no operator could ever inspect or settle a write.
    #[cfg(all(feature = "file", unix))]
    pub fn control(self: &Arc<Self>) -> Result<Option<Control>, JournalError> {
        let Some(Backing::File(file)) = &self.medium else { return Ok(None) };
        match Control::open(self, file) {
            Ok(control) => Ok(Some(control)),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
                let (place, reason) = (file.display().to_string(), error.to_string());
                Err(JournalError::Unopened { place, reason })
            }
            Err(error) => {
                tracing::warn!(target: LOG_TARGET, %error, journal = %file.display(), "commands cannot reach this host's journal");
                Ok(None)
            }
        }
    }

    async fn read(&self, id: WriteId) -> Result<Option<(Intent, WriteStatus)>, StoreError> {
        let Some(Stored { intent, status }) = self.store.load(id).await? else { return Ok(None) };
        let record = |kind| Which { id, kind };
        Ok(Some((decode_as(record(Kind::Intent), &intent)?, decode_as(record(Kind::WriteStatus), &status)?)))
    }

    /// Records links from accounts to applications under which there are writes.
    pub async fn keep_links(&self, rows: Vec<Row>) -> Result<(), JournalError> {
        self.store.put_applications(rows).await.map_err(Into::into)
    }

    /// The current wall-clock time.
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Send window of a sending that is about to be recorded. It begins now.
    fn send_window(&self, status: &WriteStatus, now: Moment) -> SendWindow {
        let SendWindows { longest, enforced } = self.send_windows;
        let failpoint =
            self.watched.clone().map(|watched| -> FailpointHook { Arc::new(move || watched(Failpoint::Leaving)) });
        SendWindow::beginning(plan::send_window(status, now, longest), enforced, failpoint)
    }

    /// Whether bytes of a write may still leave: this host waits the whole window from when it first saw the write.
    fn may_leave(&self, status: &WriteStatus) -> MayLeave {
        // An earlier version recorded an outcome only after it had seen the end of the request.
        let limit = status.send_limit.unwrap_or(match status.state {
            State::Sending => SendLimit::Unbounded,
            _ => SendLimit::Over,
        });
        let window = match limit {
            SendLimit::Over => return MayLeave::NoMore,
            SendLimit::Unbounded => return MayLeave::Always,
            SendLimit::Within(milliseconds) => Duration::from_millis(milliseconds),
        };
        match window.saturating_sub(self.opened.elapsed()) {
            Duration::ZERO => MayLeave::NoMore,
            left => MayLeave::For(left),
        }
    }

    fn store(&self) -> &dyn Store {
        &*self.store
    }

    fn next_id(&self) -> WriteId {
        WriteId(self.last.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Updates the schedule and notifies listeners after a change of a write's status.
    fn on_change(&self, id: WriteId, intent: &Intent, status: &WriteStatus) {
        match status.end() {
            End::Open(Some(at)) => self.schedule.plan(id, at, between(status.since, at)),
            End::Open(None) | End::Ended { .. } => self.schedule.forget(id),
        }
        if self.events.receiver_count() > 0 {
            // No listener is not a failure.
            drop(self.events.send(WriteRecord::of(id, intent, status)));
        }
    }

    fn at(&self, point: Failpoint) {
        if let Some(watched) = &self.watched {
            watched(point);
        }
    }

    /// Makes pending changes durable and releases the file. Waits for an unresponsive disk only up to a timeout.
    pub async fn close(&self) -> Result<(), JournalError> {
        // Removed first: the next holder writes its own note as soon as it has the file.
        drop(self.note.lock().take());
        self.shares.close();
        let timed_out =
            || StoreError::MayBeCommitted(format!("it was not closed within {} s", CLOSE_TIMEOUT.as_secs()));
        let closed = tokio::time::timeout(CLOSE_TIMEOUT, self.store.close()).await;
        closed.unwrap_or_else(|_| Err(timed_out())).map_err(Into::into)
    }
}

impl State {
    fn is_open(&self) -> bool {
        matches!(self, State::Sending | State::Unknown { .. })
    }
}

impl WriteStatus {
    /// Whether the write has ended, in the store's terms.
    fn end(&self) -> End {
        match &self.state {
            // A host takes it up at once when it starts.
            State::Sending => End::Open(Some(self.last_sent)),
            State::Unknown { next, .. } => End::Open(next.at()),
            State::Applied { .. } | State::NotApplied { .. } => {
                End::Ended { needed_until: self.needed_until().unwrap_or(self.since_age) }
            }
        }
    }

    /// Age until which the provider may take a second write under its reference for this one; none while it is open.
    fn needed_until(&self) -> Option<Age> {
        let window_ends = self.terms.window().map_or(self.since_age, |window| self.first_sent_age.later(window));
        (!self.state.is_open()).then(|| window_ends.max(self.since_age))
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let medium = self.medium.as_ref().map(ToString::to_string);
        formatter.debug_struct("Journal").field("medium", &medium).finish_non_exhaustive()
    }
}

/// Runs long blocking work away from the tasks that serve calls.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JournalError> {
    let ended = |error: tokio::task::JoinError| JournalError::Unwritable { reason: error.to_string() };
    tokio::task::spawn_blocking(work).await.map_err(ended)
}
