//! The commands, one per file.

mod accounts;
mod check;
mod embed;
mod inspect;
pub(crate) mod journal;
mod query;
mod signals;
#[cfg(feature = "simulator")]
mod simulator;
mod watch;
mod write;

use std::path::Path;

use stockbridge::{Account, AdjustmentOrder, Config, ErrorKind, Host, OccupationOrder, TransferOrder};

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;
use crate::failure::Failure;
#[cfg(not(feature = "simulator"))]
use crate::simulator_failure::SimulatorFailure;
use crate::{closest, output};

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let json = arguments.json;
    match &arguments.command {
        Command::Query(options) => query::run(&arguments.config, options, json).await,
        Command::Transfer(order) => write::run::<TransferOrder>(&arguments.config, order, json).await,
        Command::Adjust(order) => write::run::<AdjustmentOrder>(&arguments.config, order, json).await,
        Command::Occupy(order) => write::run::<OccupationOrder>(&arguments.config, order, json).await,
        Command::Journal(options) => journal::run(&arguments.config, options, json).await,
        Command::Accounts(options) if options.watch => watch::run(&arguments.config, json).await,
        Command::Accounts(options) => accounts::run(&arguments.config, options, json).await,
        Command::Inspect(options) => inspect::run(options, json).await,
        Command::Check(options) => check::run(&arguments.config, options, json).await,
        Command::Embed(options) => embed::run(options, json).await,
        #[cfg(feature = "simulator")]
        Command::Simulator(options) => simulator::run(options).await,
        #[cfg(not(feature = "simulator"))]
        Command::Simulator(_) => Err(Failure::new("the simulator", SimulatorFailure::Missing)),
    }
}

/// One account of the configuration. The connectors of the others are not loaded.
async fn open(mut config: Config, name: &str) -> Result<(Host, Account), Unopened> {
    let names: Vec<_> = config.accounts.iter().map(|account| account.name().to_owned()).collect();
    if !names.iter().any(|each| each == name) {
        let error = ErrorKind::UnknownAccount { name: name.to_owned() }.into();
        return Err(Unopened { error, alternatives: Some(closest::alternatives(name, &names)) });
    }
    config.accounts.retain(|account| account.name() == name);
    let journal = config.journal.as_ref().map(|journal| journal.file().display().to_string());
    let host = Host::from_config(config).await?;
    if let Some(journal) = journal {
        note_journal_state(&host, &output::plain(&journal));
    }
    let account = host.account(name)?;
    Ok((host, account))
}

/// Prints the notes on a journal that this command has just opened.
fn note_journal_state(host: &Host, file: &str) {
    let journal = host.journal();
    if let (true, Some(identity)) = (journal.was_made(), journal.identity()) {
        output::note(&format!("a new journal was created: {file}, {identity}; it has no record of earlier orders"));
    }
    for gap in journal.gaps().iter().filter(|gap| !gap.is_closed()) {
        output::note(&format!(
            "the journal has no record of what was sent between {} and {} ({}): orders that may be as old are not sent until \
             `stockbridge journal gap close`",
            gap.from, gap.until, gap.why
        ));
    }
}

/// Failure to open an account.
struct Unopened {
    error: stockbridge::Error,
    /// Existing accounts to suggest in place of the one that was named.
    alternatives: Option<String>,
}

impl From<stockbridge::Error> for Unopened {
    fn from(error: stockbridge::Error) -> Unopened {
        Unopened { error, alternatives: None }
    }
}

/// A configuration for a host that only reads: without the journal, which belongs to the host that writes.
fn read_only(config: &Path) -> Result<Config, stockbridge::Error> {
    let mut config = Config::from_file(config)?;
    config.journal = None;
    Ok(config)
}
