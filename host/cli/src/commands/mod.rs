//! The commands, one a file.

mod accounts;
mod check;
mod embed;
mod end;
mod inspect;
pub(crate) mod journal;
mod query;
mod simulator;
mod watch;
mod write;

use std::path::Path;

use stockbridge::{Account, AdjustmentOrder, Config, ErrorKind, Host, OccupationOrder, TransferOrder};

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;
use crate::failure::Failure;

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
        Command::Simulator(asked) => simulator::run(asked).await,
    }
}

/// One account of the configuration. The connectors of the others are not loaded.
async fn open(mut config: Config, name: &str) -> Result<(Host, Account), stockbridge::Error> {
    if !config.accounts.iter().any(|account| account.name() == name) {
        let unknown = ErrorKind::UnknownAccount {
            name: name.to_owned(),
            known: config.accounts.iter().map(|account| account.name().to_owned()).collect(),
        };
        return Err(unknown.into());
    }
    config.accounts.retain(|account| account.name() == name);
    let host = Host::from_config(config).await?;
    let account = host.account(name)?;
    Ok((host, account))
}

/// A configuration for a host that only reads: the journal is the one's that writes.
fn reading(config: &Path) -> Result<Config, stockbridge::Error> {
    let mut config = Config::from_file(config)?;
    config.journal = None;
    Ok(config)
}
