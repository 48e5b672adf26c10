//! Arguments of `stockbridge journal`: the options of a list, or one of its commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, value_parser};
use stockbridge::journal::WriteId;
use stockbridge::{Reference, Timestamp};

use super::time;

/// The journal, and the command or list.
#[derive(Args, Debug)]
pub(crate) struct JournalArguments {
    /// The journal's file [default: that of the configuration]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) list: Option<ListArguments>,
    #[command(subcommand)]
    pub(crate) command: Option<JournalCommand>,
}

/// Which writes to list, the latest first.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArguments {
    /// Only writes of unknown outcome
    #[arg(long)]
    pub(crate) open: bool,
    /// Only writes that need an operator: to determine the outcome, to act on a document, or to resume what a process left
    /// when it ended; the exit code is 7 if there are any
    #[arg(long)]
    pub(crate) waiting: bool,
    /// Only writes of this account
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Only writes under this reference
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) reference: Option<Reference>,
    /// Only writes sent at or after this time, as in 2026-11-21T20:00:00+08:00
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(crate) since: Option<Timestamp>,
    /// Only writes with lower numbers: the next page of a list
    #[arg(long, value_name = "NUMBER")]
    pub(crate) before: Option<WriteId>,
    /// At most this many
    #[arg(long, value_name = "WRITES", default_value_t = DEFAULT_LIMIT, value_parser = value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

/// Number of writes listed by default.
const DEFAULT_LIMIT: u32 = 50;

impl Default for ListArguments {
    fn default() -> ListArguments {
        ListArguments {
            open: false,
            waiting: false,
            account: None,
            reference: None,
            since: None,
            before: None,
            limit: DEFAULT_LIMIT,
        }
    }
}

/// A command on the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Show one write with its whole history: every request and answer, with the secrets redacted
    Show {
        /// Its number in the journal
        id: WriteId,
    },
    /// Settle a write, also one that is stuck: your statement holds from then on as if it were the provider's
    Settle(SettleArguments),
    /// Create an empty journal, where none exists
    Init,
    /// Copy the journal into a file, also while a host uses it; a copy that is put in its place later starts a gap
    Backup {
        /// The copy, which must not exist yet; a host that holds the journal writes it
        #[arg(value_name = "COPY")]
        to: PathBuf,
    },
    /// Read all of the journal and check its parts against each other; nothing is changed
    Verify,
    /// Export every write with its history, one line of JSON each, the latest first
    Export(ExportArguments),
    /// Copy what can be read of a damaged journal into a new file, and leave the damaged one unchanged
    Repair {
        /// The new journal, which must not exist yet
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Times of which the journal has no record, since it was restored or repaired
    Gap {
        #[command(subcommand)]
        command: Option<GapCommand>,
    },
    /// Determine the outcome of open writes, as any host of this configuration does, until each has ended or needs a person
    Recover {
        /// For at most this long
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        within: u64,
    },
}

/// A command on the gaps.
#[derive(Debug, Subcommand)]
pub(crate) enum GapCommand {
    /// Confirm that you compared the provider's records with what was ordered in that time: orders are sent again
    Close(CloseGapArguments),
}

/// How a gap is closed.
#[derive(Args, Debug)]
pub(crate) struct CloseGapArguments {
    /// For this account alone [default: for all]
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: String,
    /// Who confirms it [default: the user who runs this]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// What to export, and where to.
#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// The file to write, which must not exist yet [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Only writes sent at or after this time, as in 2026-11-21T20:00:00+08:00
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(crate) since: Option<Timestamp>,
    /// Only writes with lower numbers
    #[arg(long, value_name = "NUMBER")]
    pub(crate) before: Option<WriteId>,
}

/// How a write is settled.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("outcome").required(true).args(["applied", "not_applied"]))]
pub(crate) struct SettleArguments {
    /// Its number in the journal
    pub(crate) id: WriteId,
    /// It was carried out
    #[arg(long)]
    pub(crate) applied: bool,
    /// It was not carried out, and will not be: it may be ordered again
    #[arg(long)]
    pub(crate) not_applied: bool,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: String,
    /// The provider's document number for it, for the receipt
    #[arg(long, value_name = "NUMBER", conflicts_with = "not_applied")]
    pub(crate) document: Option<String>,
    /// Who settles it [default: the user who runs this]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// Help on how the journal is read and changed.
pub(crate) const JOURNAL: &str = "\
The journal is the file that the configuration names with `journal = \"path\"`. While a running host holds it, the answers
come from that host, and a settlement reaches it at once; otherwise the file itself is read and written.

States: `sending`, `applied`, `not applied`, and `unknown` with the next step: sent again under the same reference where
the provider drops a second one, looked up where it can be, or left to a person, with what to check. A write that was
`left while sending` was under way when its process ended: the next host determines its outcome, or `journal recover`.

Progress: `done`; `accepted`, to be carried out later; `draft` and `submitted`, which move nothing until a person continues
with them at the provider; `stuck`, a document on which a person must act, and which `settle` then closes.

A journal that was restored from a backup, repaired, or put back as an older copy has no record of what was sent in between. An
order that may be that old is not sent: it is looked up, or left to a person, until `gap close`. `--ordered-at` says that an
order is younger.

Exit codes: 7 where `--waiting` lists something, or a recovery left only writes that need a person; the others as
`stockbridge --help` lists them.";
