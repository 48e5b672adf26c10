//! A journal of writes to systems that cannot take them back: every write from before its first byte leaves until it is known
//! what became of it.
//!
//! What sends them, and asks for what became of one, is not here: it [enters](Journal::enter) an order, makes its
//! [intent](Entry::intend) durable before the first byte leaves, and records how the attempt [ended](Entry::ended). What has no
//! known end is [finished](Recovery) by a [`Finisher`].
//!
//! | where | what |
//! |---|---|
//! | `admission` | new orders, and known ones that are answered from the journal |
//! | `application` | which accounts are one application to a provider, in which references are unique |
//! | `recorded_outcome` | what is recorded of an order that is refused before it is sent |
//! | `opening`, `options` | how it is opened, and how it works |
//! | `entry` | one write in the hands of a task |
//! | `keyed_lock` | one task at a time works on a write |
//! | `clock` | what time it is |
//! | `plan` | what is done about a write of unknown outcome |
//! | `recovery` | the task that does it |
//! | `schedule` | when |
//! | `record`, `exchange`, `framed` | what is written down, and in which format |
//! | `story` | what happened to a write, within a limit |
//! | `shares` | how much of it each account takes |
//! | `age` | when it is forgotten |
//! | `known` | what there is of an order, under each application of its account |
//! | `gap` | times of which it has no record, since it was put back |
//! | `store` | where: a small trait, a file, and memory |
//! | `admin`, `messages` | what a person sees, reads and does |
//! | `waiting` | a journal that another process still has |
//! | `error`, `not_opened`, `refusal` | what can go wrong; why it was not opened; its answer to a write that is not sent |
//! | `config`, `holder` | where it is; the process that has it |
//! | `upkeep` | making, copying, verifying and repairing it |
//! | `control` | how a person's command reaches the host that has the journal |

mod admin;
mod admission;
mod age;
pub mod application;
mod clock;
mod config;
mod control;
mod entry;
mod error;
mod exchange;
mod framed;
mod gap;
mod holder;
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
#[cfg(test)]
mod tests;
mod upkeep;
mod waiting;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::boot_clock::BootInstant;
use stockbridge_model::{FailpointHook, SendWindow, Timestamp, WriteId};
use tokio::sync::broadcast;

pub use admin::{JournalEvents, Settlement, WriteFilter, WriteHistory, WriteRecord};
pub use admission::{Admission, Unsent, WriteRequest};
use age::{Age, Ageing, Stamp};
use application::Row;
use clock::Moment;
pub use clock::WallClock;
pub use config::JournalConfig;
#[cfg(unix)]
pub use control::Control;
use control::HolderNote;
pub use control::JournalClient;
pub use entry::Entry;
pub use error::{IN_GAP, JournalError};
pub use exchange::{Body, WireAnswer, WireRequest};
use framed::{Kind, Which, decode_as};
pub use gap::{ClosedGap, Gap, GapCause, GapClosure};
pub use holder::JournalHolder;
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
#[cfg(unix)]
pub use store::rights_problem;
pub use store::{Backing, Copied, Disk, DiskSource, JournalIdentity, Repaired, StoreError, Verified};
use store::{End, Store, Stored};
pub use upkeep::{init, repair, verify};
pub use waiting::{JournalSlot, JournalWait, JournalWaiter, Opened, medium, open_when_free};

/// The target of what a journal logs.
pub const LOG_TARGET: &str = "stockbridge::journal";

/// How long the store may take to close.
const CLOSING: Duration = Duration::from_secs(10);

/// What a host knows of its writes. A host has one: it is `Host::journal` of the crate `stockbridge`.
pub struct Journal {
    /// Says who has the file. It goes before the file is let go.
    note: Mutex<Option<HolderNote>>,
    store: Box<dyn Store>,
    claims: Arc<KeyedLock>,
    /// The highest number that was given out.
    last: AtomicU64,
    /// What the host acts on, and when.
    schedule: Schedule,
    told: broadcast::Sender<WriteRecord>,
    keep: Duration,
    waits: RecoveryBackoff,
    clock: WallClock,
    send_windows: SendWindows,
    /// When this host first saw what is in it.
    opened: BootInstant,
    medium: Option<Backing>,
    watched: Option<Watched>,
    /// How old it is, which decides when a write is forgotten.
    ageing: Ageing,
    /// None of one in memory.
    identity: Option<JournalIdentity>,
    /// How often it was put back.
    epoch: u32,
    gaps: Mutex<Vec<Gap>>,
    /// How much of it each account takes.
    shares: Shares,
    /// How it was found when it was opened.
    opening: FoundAs,
}

/// Whether something of a write may still leave, from the host that sent it.
enum MayLeave {
    NoMore,
    /// For so long.
    For(Duration),
    /// Nobody knows until when.
    Always,
}

impl Journal {
    /// Now, by its age and by the clock.
    fn stamp(&self) -> Stamp {
        Stamp { age: self.ageing.now(), at: self.now() }
    }

    fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The latest time of which it has no record, as long as orders of this account are held against it.
    fn gap_for(&self, account: &str) -> Option<Gap> {
        let gaps = self.known_gaps();
        let open = || gaps.iter().filter(|gap| gap.is_open_for(account));
        // Of several, by the clocks of their times, the one that ended last holds for all.
        let until = open().map(|gap| gap.until).max()?;
        open().next_back().map(|latest| Gap { until, ..latest.clone() })
    }

    fn known_gaps(&self) -> MutexGuard<'_, Vec<Gap>> {
        self.gaps.lock()
    }

    /// Whether what it has outlives the process.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.medium.is_some()
    }

    /// Lets commands reach this host, where the journal is a file. None where they cannot; writes go on without them.
    ///
    /// # Errors
    /// They never can, for the journal's path is too long for this system: nobody could look or settle.
    #[cfg(unix)]
    pub fn control(self: &Arc<Self>) -> Result<Option<Control>, JournalError> {
        let Some(Backing::File(file)) = &self.medium else { return Ok(None) };
        match Control::open(self, file) {
            Ok(control) => Ok(Some(control)),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
                let (place, reason) = (file.display().to_string(), error.to_string());
                Err(JournalError::Unopened { place, reason })
            }
            Err(error) => {
                tracing::warn!(target: LOG_TARGET, %error, journal = %file.display(), "no command reaches this host's journal");
                Ok(None)
            }
        }
    }

    async fn read(&self, id: WriteId) -> Result<Option<(Intent, WriteStatus)>, StoreError> {
        let Some(Stored { intent, standing }) = self.store.load(id).await? else { return Ok(None) };
        let record = |kind| Which { id, kind };
        Ok(Some((decode_as(record(Kind::Intent), &intent)?, decode_as(record(Kind::WriteStatus), &standing)?)))
    }

    /// Records what links accounts to applications under which there are writes.
    pub async fn keep_links(&self, rows: Vec<Row>) -> Result<(), JournalError> {
        self.store.put_applications(rows).await.map_err(Into::into)
    }

    /// What time it is.
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The window of a sending that is about to be recorded. It begins now.
    fn send_window(&self, standing: &WriteStatus, now: Moment) -> SendWindow {
        let SendWindows { longest, enforced } = self.send_windows;
        let failpoint =
            self.watched.clone().map(|watched| -> FailpointHook { Arc::new(move || watched(Failpoint::Leaving)) });
        SendWindow::beginning(plan::send_window(standing, now, longest), enforced, failpoint)
    }

    /// Whether something of a write may still leave: this host waits its whole window from when it first saw it.
    fn may_leave(&self, standing: &WriteStatus) -> MayLeave {
        // An earlier version wrote down what came of it once it had seen the end of its request.
        let limit = standing.send_limit.unwrap_or(match standing.state {
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

    /// A write stands otherwise than before.
    fn has_changed(&self, id: WriteId, intent: &Intent, standing: &WriteStatus) {
        match standing.end() {
            End::Open(Some(at)) => self.schedule.plan(id, at, between(standing.since, at)),
            End::Open(None) | End::Ended { .. } => self.schedule.forget(id),
        }
        if self.told.receiver_count() > 0 {
            // That nobody listens any more is no failure.
            drop(self.told.send(WriteRecord::of(id, intent, standing)));
        }
    }

    fn at(&self, point: Failpoint) {
        if let Some(watched) = &self.watched {
            watched(point);
        }
    }

    /// Makes durable what is owed, and lets the file go. A disk that does not answer is waited for that long, and no longer.
    pub async fn close(&self) -> Result<(), JournalError> {
        // Whoever comes next writes their own as soon as they have it.
        drop(self.note.lock().take());
        self.shares.close();
        let late = || StoreError::MayBeCommitted(format!("it was not closed within {} s", CLOSING.as_secs()));
        let closed = tokio::time::timeout(CLOSING, self.store.close()).await;
        closed.unwrap_or_else(|_| Err(late())).map_err(Into::into)
    }
}

impl State {
    fn is_open(&self) -> bool {
        matches!(self, State::Sending | State::Unknown { .. })
    }
}

impl WriteStatus {
    /// Whether it has ended, as a store wants to know.
    fn end(&self) -> End {
        match &self.state {
            // A host that starts takes it up at once.
            State::Sending => End::Open(Some(self.last_sent)),
            State::Unknown { next, .. } => End::Open(next.at()),
            State::Applied { .. } | State::NotApplied { .. } => {
                End::Ended { needed_until: self.needed_until().unwrap_or(self.since_age) }
            }
        }
    }

    /// Until which age the provider may take a second one under its reference for this one; none while it is open.
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

/// Runs what is long in one piece away from the tasks that calls run on.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JournalError> {
    let ended = |error: tokio::task::JoinError| JournalError::Unwritable { reason: error.to_string() };
    tokio::task::spawn_blocking(work).await.map_err(ended)
}
