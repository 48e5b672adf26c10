//! The command line: commands, options and their values.

pub(crate) mod journal;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, value_parser};
use stockbridge::{Json, Timestamp};

use self::journal::{JOURNAL, JournalArguments};
use crate::exit;
use crate::invocation::CONFIG;

/// Queries, transfers, adjusts and occupies stock, through the connectors of a configuration.
#[derive(Debug, Parser)]
#[command(name = "stockbridge", version, after_help = exit::HELP)]
pub(crate) struct Arguments {
    /// The configuration file with the accounts
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE", default_value = CONFIG)]
    pub(crate) config: PathBuf,
    /// Answer with one JSON document on standard output, for programs
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Log to standard error; STOCKBRIDGE_LOG chooses what, as in `stockbridge=debug`
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Query stock, over all pages
    Query(Box<QueryArguments>),
    /// Move stock from one warehouse to another
    #[command(after_long_help = TRANSFER)]
    Transfer(OrderArguments),
    /// Change the kind or the quantity of stock
    #[command(after_long_help = ADJUST)]
    Adjust(OrderArguments),
    /// Hold stock, so that it is no longer available but still on hand
    #[command(after_long_help = OCCUPY)]
    Occupy(OrderArguments),
    /// Show the outcome of writes, and settle those that only a person can decide
    #[command(after_long_help = JOURNAL)]
    Journal(JournalArguments),
    /// List the accounts of the configuration and their operations
    Accounts(AccountsArguments),
    /// Show a component's description, its imports, settings and secrets
    Inspect(InspectArguments),
    /// Run the gate on a component, or on a whole configuration, and report what fails or cannot work
    #[command(after_long_help = CHECK)]
    Check(CheckArguments),
    /// Put signature vectors into a component, once it has passed them
    Embed(EmbedArguments),
    /// Simulate the providers on this machine, for trying things out
    #[command(after_long_help = FAULTS)]
    Simulator(SimulatorArguments),
}

impl Command {
    /// Whether it asks the providers whether they accept the accounts.
    pub(crate) fn checks(&self) -> bool {
        matches!(self, Command::Accounts(accounts) if accounts.check)
    }
}

/// Which stock to query.
#[derive(Args, Debug)]
pub(crate) struct QueryArguments {
    /// The account's name in the configuration
    pub(crate) account: String,
    /// Only this item; may be repeated, for any of them
    #[arg(long = "sku", value_name = "SKU")]
    pub(crate) skus: Vec<String>,
    /// Only this barcode; may be repeated, for any of them
    #[arg(long = "barcode", value_name = "BARCODE")]
    pub(crate) barcodes: Vec<String>,
    /// Only in this warehouse
    #[arg(long)]
    pub(crate) warehouse: Option<String>,
    /// Only rows that changed at or after this time, as in 2026-11-21T20:00:00+08:00
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(crate) changed_since: Option<Timestamp>,
    /// Only rows that changed at or before this time [default: now, if --changed-since is given]
    #[arg(long, value_name = "RFC3339", value_parser = time, requires = "changed_since")]
    pub(crate) changed_until: Option<Timestamp>,
    /// Include items that were deleted at the provider
    #[arg(long)]
    pub(crate) include_deleted: bool,
    /// Rows to request per page; the provider may allow fewer
    #[arg(long, value_name = "ROWS", value_parser = value_parser!(u32).range(1..))]
    pub(crate) page_size: Option<u32>,
    /// Show at most this many rows
    #[arg(long, value_name = "ROWS", value_parser = value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// A provider-specific condition; may be repeated
    #[arg(long = "extra", value_name = "NAME=JSON", value_parser = extra)]
    pub(crate) extras: Vec<(String, Json)>,
    /// Continue from here: `next` of the same query
    #[arg(long)]
    pub(crate) cursor: Option<String>,
    /// Stop after one page
    #[arg(long)]
    pub(crate) first_page: bool,
}

/// A write: by which account, and the order.
#[derive(Args, Debug)]
pub(crate) struct OrderArguments {
    /// The account's name in the configuration
    pub(crate) account: String,
    /// The order, a JSON file; `-` is standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// When the order was made: needed after the journal was restored, which then has no record of what was sent in between
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub(crate) ordered_at: Option<Timestamp>,
}

/// Whether the accounts are checked or watched.
#[derive(Args, Debug)]
pub(crate) struct AccountsArguments {
    /// Ask each account's provider whether it accepts the account; the exit code is the first failure's
    #[arg(long)]
    pub(crate) check: bool,
    /// Keep running: follow the configuration and all files that it names with a host that makes no calls, and show its
    /// accounts as they change, until Ctrl-C; with --json, one document per line: the accounts first, then each event and
    /// the accounts after it
    #[arg(long, conflicts_with = "check")]
    pub(crate) watch: bool,
}

/// The component to inspect.
#[derive(Args, Debug)]
pub(crate) struct InspectArguments {
    /// A connector's .wasm file
    pub(crate) component: PathBuf,
}

/// The component or the configuration to check.
#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    /// A connector's .wasm file, or a configuration [default: the configuration of --config]
    pub(crate) file: Option<PathBuf>,
    /// Show only what fails
    #[arg(long)]
    pub(crate) failures: bool,
}

/// Help on how a configuration is checked.
pub(crate) const CHECK: &str = "\
Every account of a configuration is checked, whatever is wrong with another: each step of the gate, and then what a host
would accept although the account could not work with it. Nothing is sent, and nothing is created.

Failures: nothing is granted; an address in a setting, or an origin that the connector names, is not granted; the journal's
directory is missing; the journal or its directory cannot be written to; the cache is no directory. Warnings: another host
works on the journal; others can write to the cache's directory; a variable such as HTTPS_PROXY is set, which no request
uses; an origin that may no longer be used is not granted. Each is reported with the line to write.

Exit codes: 0 with warnings only; otherwise as the first failure, see `stockbridge --help`.";

/// The component, the vectors and the version to embed.
#[derive(Args, Debug)]
pub(crate) struct EmbedArguments {
    /// A connector's .wasm file
    pub(crate) component: PathBuf,
    /// The signature vectors, a JSON file: see wit/vectors.md
    #[arg(long, value_name = "FILE")]
    pub(crate) vectors: PathBuf,
    /// The version's name
    #[arg(long, value_name = "TEXT")]
    pub(crate) version: Option<String>,
    /// Where to write the component
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// How the simulator is started.
#[derive(Args, Debug)]
pub(crate) struct SimulatorArguments {
    /// Loopback address to listen on; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The stock, a TOML file; the stock of the providers' examples by default
    #[arg(long, value_name = "FILE")]
    pub(crate) stock: Option<PathBuf>,
}

/// Help with an example of each order. A test parses them as orders.
pub(crate) const TRANSFER: &str = r#"The order, with its required fields:

  {
    "reference": "move-2026-0001",
    "from-warehouse": "daj-wms-wdt",
    "to-warehouse": "lz-002",
    "stage": "approved",
    "lines": [{"sku": "daj1", "quantity": "10"}]
  }

Without a `reference` it gets one, which is printed before it is sent. `stage` is `draft` (the default), `submitted` or
`approved`. Further fields: granularity, notice, remark, extras; in a line: condition, batch, expiry, remark, extras.
Exit codes: see `stockbridge --help`."#;

/// As [`TRANSFER`].
pub(crate) const ADJUST: &str = r#"The order, with its required fields:

  {
    "reference": "count-2026-0001",
    "warehouse": "daj-wms-wdt",
    "adjustment": {"count": [{"sku": "daj1", "counted": "100"}]}
  }

Without a `reference` it gets one, which is printed before it is sent. `adjustment` is one of `unpack`, `change-owner`,
`relabel` and `count`. `unpack` and `relabel` have lines of what goes out and what comes in:

  {
    "warehouse": "STA",
    "adjustment": {"unpack": [{
      "from": {"sku": "BOX-1", "quantity": "1", "packaging": "box", "standard-parts": 12},
      "to": {"sku": "PIECE-1", "quantity": "12", "packaging": "single"}
    }]}
  }

`change-owner` is {"from-organisation", "to-organisation", "lines": [the same lines]}. Further fields: organisation,
remark, extras. Exit codes: see `stockbridge --help`."#;

/// As [`TRANSFER`].
pub(crate) const OCCUPY: &str = r#"The order, with its required fields:

  {
    "reference": "hold-2026-0001",
    "document": "ORDER-1",
    "reason": "discrepancy",
    "lines": [{"sku": "I1234", "quantity": "12"}]
  }

Without a `reference` it gets one, which is printed before it is sent. `reason` is `discrepancy`, `transfer`, `stocktake`,
`purchase-return`, `other-outbound` or {"other": "the provider's own code"}. Further fields: owner, warehouse, occurred,
remark, extras; in a line: line, condition, batch, lot, produced, expiry, serial, provider-item, pool, to-pool, priority,
extras. Exit codes: see `stockbridge --help`."#;

/// Help on the simulator's faults. A test parses them as faults.
pub(crate) const FAULTS: &str = r#"It fails on request, and by a schedule: POST a fault, or a list of them, to /_simulator/faults.

  {"gateway": "winit", "error": {"code": "-1", "msg": "busy"}}
  {"gateway": "wdt-flagship", "times": 2, "drop": {"at": "answer"}, "after_commit": true}
  {"gateway": "wdt-enterprise", "every": 3, "cut": {"framing": "chunked"}}
  {"gateway": "taobao-top", "from": 5, "to": 8, "limit": {"seconds": 3}}
  {"gateway": "winit", "for_ms": 2000, "method": "queryWarehouseStorage", "stall": {"ms": 10000}}
  {"gateway": "winit", "raw": {"status": 502, "content_type": "text/html", "body": "<h1>Bad Gateway</h1>"}}
  {"gateway": "winit", "drip": {"every_ms": 100}}
  {"gateway": "winit", "oversize": {"bytes": 16777216}}
  {"gateway": "winit", "content_type": {"is": "text/html"}}
  {"gateway": "winit", "not_json": {"body": "<html>"}}
  {"gateway": "winit", "shape": {"is": "list"}}
  {"gateway": "winit", "redirect": {"location": "http://169.254.169.254/latest/meta-data/"}}
  {"gateway": "winit", "clock_skew": {"seconds": -900}}
  {"gateway": "winit", "times": 2, "out_of_order": {"pages": "swapped"}}
  {"gateway": "wdt-flagship", "for_ms": 60000, "listing": {"after_ms": 30000, "rows": 10, "remark": 20}}

A fault meets the next request of its gateway, or as many as `times`, `every`, `from` with `to` or `for_ms` say. With
`after_commit` the request is carried out first; a cut, drip, content_type or shape spoils the answer of one that is. DELETE
/_simulator/faults ends all faults, GET /_simulator/ledger shows what was carried out."#;

/// Parses a time of the command line.
pub(crate) fn time(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text).ok_or("this is not a time; write it as in 2026-11-21T20:00:00+08:00")
}

fn extra(text: &str) -> Result<(String, Json), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write a name, `=` and a JSON value, as in status=1")?;
    let json = Json::parse(value)
        .ok_or_else(|| format!("`{value}` is not a JSON value; a text needs quotes: {name}={}", Json::text(value)))?;
    Ok((name.to_owned(), json))
}

#[cfg(test)]
mod tests {
    use super::{ADJUST, Arguments, FAULTS, OCCUPY, TRANSFER, extra};
    use clap::CommandFactory as _;
    use serde::de::DeserializeOwned;
    use stockbridge::{AdjustmentOrder, OccupationOrder, TransferOrder};
    use stockbridge_simulator::{Fault, FaultKind};

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    /// Parses the JSON blocks of a help text: from a line that is `{` to one that is `}`.
    fn read<T: DeserializeOwned>(help: &str) -> usize {
        let examples: Vec<_> = help
            .split("\n  {\n")
            .skip(1)
            .filter_map(|rest| rest.split_once("\n  }\n"))
            .map(|(inside, _)| format!("{{{inside}}}"))
            .collect();
        for example in &examples {
            serde_json::from_str::<T>(example).unwrap_or_else(|error| panic!("{error}: {example}"));
        }
        examples.len()
    }

    #[test]
    fn the_orders_in_the_help_are_orders() {
        assert_eq!(read::<TransferOrder>(TRANSFER), 1);
        assert_eq!(read::<AdjustmentOrder>(ADJUST), 2);
        assert_eq!(read::<OccupationOrder>(OCCUPY), 1);
    }

    #[test]
    fn the_faults_in_the_help_are_faults_of_every_kind() {
        let faults = FAULTS.lines().filter(|line| line.starts_with("  {"));
        let kinds: Vec<_> = faults.map(|json| Fault::from_json(json.as_bytes()).unwrap().kind()).collect();
        assert!(FaultKind::ALL.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    }

    #[test]
    fn a_condition_of_the_providers_own_is_a_name_and_json() {
        let (name, value) = extra("mask=[1, 2]").unwrap();
        assert_eq!((name.as_str(), value.as_str()), ("mask", "[1, 2]"));
        assert_eq!(extra("name=ab").unwrap_err(), r#"`ab` is not a JSON value; a text needs quotes: name="ab""#);
        assert!(extra("=1").is_err() && extra("mask").is_err());
    }
}
