//! The commands, one a file.

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
        Command::Query(asked) => query::run(&arguments.config, asked, json).await,
        Command::Transfer(order) => write::run::<TransferOrder>(&arguments.config, order, json).await,
        Command::Adjust(order) => write::run::<AdjustmentOrder>(&arguments.config, order, json).await,
        Command::Occupy(order) => write::run::<OccupationOrder>(&arguments.config, order, json).await,
        Command::Journal(asked) => journal::run(&arguments.config, asked, json).await,
        Command::Accounts(asked) if asked.watch => watch::run(&arguments.config, json).await,
        Command::Accounts(asked) => accounts::run(&arguments.config, asked, json).await,
        Command::Inspect(asked) => inspect::run(asked, json).await,
        Command::Check(asked) => check::run(&arguments.config, asked, json).await,
        Command::Embed(asked) => embed::run(asked, json).await,
        #[cfg(feature = "simulator")]
        Command::Simulator(asked) => simulator::run(asked).await,
        #[cfg(not(feature = "simulator"))]
        Command::Simulator(_) => Err(Failure::new("the simulator", SimulatorFailure::Missing)),
    }
}

/// One account of the configuration. The connectors of the others are not loaded.
async fn open(mut config: Config, name: &str) -> Result<(Host, Account), Unopened> {
    let known: Vec<_> = config.accounts.iter().map(|account| account.name().to_owned()).collect();
    if !known.iter().any(|known| known == name) {
        let error = ErrorKind::UnknownAccount { name: name.to_owned() }.into();
        return Err(Unopened { error, instead: Some(closest::instead(name, &known)) });
    }
    config.accounts.retain(|account| account.name() == name);
    let journal = config.journal.as_ref().map(|journal| journal.file().display().to_string());
    let host = Host::from_config(config).await?;
    if let Some(journal) = journal {
        tell_of_the_journal(&host, &output::plain(&journal));
    }
    let account = host.account(name)?;
    Ok((host, account))
}

/// What somebody should know of a journal that this command has just opened.
fn tell_of_the_journal(host: &Host, file: &str) {
    let journal = host.journal();
    if let (true, Some(identity)) = (journal.was_made(), journal.identity()) {
        output::note(&format!("a new journal was made: {file}, {identity}; it knows no order of before"));
    }
    for gap in journal.gaps().iter().filter(|gap| !gap.is_closed()) {
        output::note(&format!(
            "the journal has no record of what was sent between {} and {} ({}): orders that may be as old are not sent until \
             `stockbridge journal gap close`",
            gap.from, gap.until, gap.why
        ));
    }
}

/// Why an account was not opened.
struct Unopened {
    error: stockbridge::Error,
    /// The accounts that there are in place of the one that was named.
    instead: Option<String>,
}

impl From<stockbridge::Error> for Unopened {
    fn from(error: stockbridge::Error) -> Unopened {
        Unopened { error, instead: None }
    }
}

/// A configuration for a host that only reads: the journal is the one's that writes.
fn reading(config: &Path) -> Result<Config, stockbridge::Error> {
    let mut config = Config::from_file(config)?;
    config.journal = None;
    Ok(config)
}
