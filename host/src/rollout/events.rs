//! What happens to the accounts, for whoever listens.

use serde::Serialize;
use stockbridge_journal::{Gap, JournalIdentity, Subscription};
use stockbridge_model::{Digest, Timestamp};
use tokio::sync::broadcast;

use super::status::Applied;

/// How many events a listener may be behind.
const EVENT_BUFFER: usize = 256;

/// Something that happened to the accounts of a host. Serialised, it has its name under `event`, and what is here beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A configuration was taken over.
    Applied(Applied),
    /// A configuration was refused, and all is as it was.
    Refused {
        /// The error's stable name: see [`crate::Error::code`].
        code: &'static str,
        /// What is wrong, where, and what to do: a line for each mistake.
        reason: String,
    },
    /// A configuration file takes something away, and waits: see `Host::watch`.
    RemovalPending {
        /// What would go, by field: `accounts.main-wms`, `accounts.main-wms.sha256`.
        removes: Vec<String>,
        /// When the file is taken over, unless it is saved again before.
        at: Timestamp,
    },
    /// The configuration that waited gave way to a later save.
    RemovalWithdrawn,
    /// Something is wrong with an account, and the others are served: see
    /// [`Config::tolerate_accounts`](crate::Config::tolerate_accounts). It is told once, and again when it is something else.
    AccountFailed {
        /// The account.
        account: String,
        /// The error's stable name: see [`crate::Error::code`].
        code: &'static str,
        /// What is wrong, where, and what to do: a line for each mistake.
        reason: String,
        /// Whether it goes on with what it has; otherwise it does not serve.
        serves: bool,
    },
    /// What was wrong with an account is mended.
    AccountMended {
        /// The account.
        account: String,
    },
    /// After a configuration was refused: one was taken over again, or what stands there is what is in use.
    Mended,
    /// The probation of a version ended, and it serves for good.
    Kept {
        /// The version.
        #[serde(rename = "sha256")]
        digest: Digest,
        /// The accounts that had taken it over together.
        accounts: Vec<String>,
    },
    /// A version went wrong on probation: the versions before it serve again.
    RolledBack {
        /// The version.
        #[serde(rename = "sha256")]
        digest: Digest,
        /// The accounts that had taken it over together.
        accounts: Vec<String>,
        /// What it did last.
        reason: String,
    },
    /// The journal that another process had is this host's now, and writes are served: see
    /// [`crate::HostBuilder::serve_reads_meanwhile`].
    JournalTaken {
        /// Where it is.
        place: String,
    },
    /// The wait for the journal that another process has is over, and no write is served.
    JournalNotTaken {
        /// Where it is.
        place: String,
        /// Why it was not taken.
        reason: String,
    },
    /// There was no journal of writes, and an empty one was made: orders of before are not known.
    JournalMade {
        /// Where it is.
        place: String,
        /// Who it is.
        identity: JournalIdentity,
    },
    /// The journal was put back: orders that it does not know and that may be as old as this gap are not sent.
    JournalPutBack {
        /// Where it is.
        place: String,
        /// The time of which it has no record.
        gap: Gap,
    },
}

/// Tells all listeners. Clones tell the same.
#[derive(Clone)]
pub(crate) struct Announcer(broadcast::Sender<Event>);

impl Default for Announcer {
    fn default() -> Announcer {
        Announcer(broadcast::Sender::new(EVENT_BUFFER))
    }
}

impl Announcer {
    pub(crate) fn listener(&self) -> Subscription<Event> {
        self.0.subscribe().into()
    }

    /// That nobody listens is no failure.
    pub(super) fn tell(&self, event: Event) {
        drop(self.0.send(event));
    }
}
