//! What can be asked of `stockbridge journal`: a list, or one of its commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, value_parser};
use stockbridge::journal::WriteId;
use stockbridge::{Reference, Timestamp};

use super::time;

/// What of the journal.
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
    /// Only those of which it is not known what became of them
    #[arg(long)]
    pub(crate) open: bool,
    /// Only those with which a person has something to do: to find out what became of them, to act on a document, or to
    /// take up what a process left when it ended; the exit code is 7 where there are some
    #[arg(long)]
    pub(crate) waiting: bool,
    /// Only those of this account
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Only those under this reference
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) reference: Option<Reference>,
    /// Only those sent at or after this time, as in 2026-11-21T20:00:00+08:00
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(crate) since: Option<Timestamp>,
    /// Only those with lower numbers: the next page of a list
    #[arg(long, value_name = "NUMBER")]
    pub(crate) before: Option<WriteId>,
    /// At most so many
    #[arg(long, value_name = "WRITES", default_value_t = LISTED, value_parser = value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

/// How many are listed where nobody says.
const LISTED: u32 = 50;

impl Default for ListArguments {
    fn default() -> ListArguments {
        ListArguments {
            open: false,
            waiting: false,
            account: None,
            reference: None,
            since: None,
            before: None,
            limit: LISTED,
        }
    }
}

/// What to do with the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Show one write with its whole story: every request and answer, the secrets struck out
    Show {
        /// Its number in the journal
        id: WriteId,
    },
    /// Close a write by your word, which holds from then on as if it were the provider's; also one that is stuck
    Settle(SettleArguments),
    /// Make an empty journal, where there is none
    Init,
    /// Copy the journal into a file, also while a host works on it; put in its place later, the copy begins a gap
    Backup {
        /// The copy, which is not there yet; a host that has the journal writes it
        #[arg(value_name = "COPY")]
        to: PathBuf,
    },
    /// Read all of the journal, and hold each part against the others; nothing is done to it
    Verify,
    /// Write every write with its story, a line of JSON each, the latest first
    Export(ExportArguments),
    /// Bring what can be read of a damaged journal into a new file, and leave the damaged one as it is
    Repair {
        /// The new journal, which is not there yet
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// The times of which the journal has no record, since it was restored or repaired
    Gap {
        #[command(subcommand)]
        command: Option<GapCommand>,
    },
    /// Find out what became of the open ones, as any host of this configuration does, until each has ended or waits
    Recover {
        /// For so long at the most
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        within: u64,
    },
}

/// What to do with the gaps.
#[derive(Debug, Subcommand)]
pub(crate) enum GapCommand {
    /// Say that you have compared what the provider has with what was ordered in that time: orders go out again
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
    /// Who says so [default: the user who runs this]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// What to export, and where to.
#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// Into this file, which is not there yet [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Only those sent at or after this time, as in 2026-11-21T20:00:00+08:00
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(crate) since: Option<Timestamp>,
    /// Only those with lower numbers
    #[arg(long, value_name = "NUMBER")]
    pub(crate) before: Option<WriteId>,
}

/// How a write is closed.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("outcome").required(true).args(["applied", "not_applied"]))]
pub(crate) struct SettleArguments {
    /// Its number in the journal
    pub(crate) id: WriteId,
    /// It was carried out
    #[arg(long)]
    pub(crate) applied: bool,
    /// It was not, and will not be: it may be ordered again
    #[arg(long)]
    pub(crate) not_applied: bool,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: String,
    /// The number of the provider's document for it, for the receipt
    #[arg(long, value_name = "NUMBER", conflicts_with = "not_applied")]
    pub(crate) document: Option<String>,
    /// Who says so [default: the user who runs this]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// How the journal is read and worked on.
pub(crate) const JOURNAL: &str = "\
The journal is the file that the configuration names with `journal = \"path\"`. While a host runs that has it, its answers
come from that host, and what you settle reaches it at once; otherwise the file itself is read and written.

States: `sending`, `applied`, `not applied`, and `unknown` with what comes next: sent again under the same reference where
the provider drops a second one, looked up where it can be, or left to a person, with what there is to look at. What is
`left while sending` was on its way when its process ended: the next host finds out, or `journal recover`.

Progress: `done`; `accepted`, to be carried out later; `draft` and `submitted`, which move nothing before somebody goes on
with them at the provider; `stuck`, a document on which somebody must act, and which `settle` closes then.

A journal that was restored from a backup, repaired, or put back as an older copy does not know what was sent in between. An
order that may be as old is not sent then: it is looked up, or left to a person, until `gap close`. `--ordered-at` says of an
order that it is younger.

Exit codes: 7 where `--waiting` lists something, or a recovery left only what waits for a person; the others as
`stockbridge --help` lists them.";
