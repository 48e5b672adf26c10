//! `stockbridge journal`: the outcome of writes, and an operator's settlement of those that the host cannot determine.
//!
//! Each of its commands has a file; this one finds the journal and dispatches.

mod export;
mod gap;
mod list;
mod recover;
mod settle;
mod show;
mod upkeep;

use std::path::{Path, PathBuf};
use std::time::Duration;

use stockbridge::journal::JournalClient;
use stockbridge::{Config, Error};

use crate::arguments::journal::{GapCommand, JournalArguments, JournalCommand};
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::invocation::Invocation;

const ACTION: &str = "the look into the journal";
const SETTLING: &str = "the settlement";
const RECOVERING: &str = "the recovery";

/// Lists writes, shows or settles one, or recovers the open ones.
pub(crate) async fn run(config: &Path, arguments: &JournalArguments, json: bool) -> Result<Exit, Failure> {
    let invocation = &Invocation::new(config, arguments.journal.as_deref());
    match &arguments.command {
        None => {
            let listed = arguments.list.clone().unwrap_or_default();
            list::list(&open(config, arguments, ACTION).await?, listed, invocation, json).await
        }
        Some(_) if arguments.list.is_some() => Err(no_list()),
        Some(JournalCommand::Show { id }) => show::show(&open(config, arguments, ACTION).await?, *id, json).await,
        Some(JournalCommand::Init) => upkeep::init(&file(config, arguments, ACTION)?, json).await,
        Some(JournalCommand::Backup { to }) => upkeep::backup(open(config, arguments, ACTION).await?, to, json).await,
        Some(JournalCommand::Verify) => upkeep::verify(&file(config, arguments, ACTION)?, json).await,
        Some(JournalCommand::Export(what)) => export::export(open(config, arguments, ACTION).await?, what).await,
        Some(JournalCommand::Repair { to }) => upkeep::repair(&file(config, arguments, ACTION)?, to, json).await,
        Some(JournalCommand::Gap { command: None }) => gap::list(open(config, arguments, ACTION).await?, json).await,
        Some(JournalCommand::Gap { command: Some(GapCommand::Close(settlement)) }) => {
            gap::close(open(config, arguments, ACTION).await?, settlement, json).await
        }
        Some(JournalCommand::Settle(settlement)) => {
            settle::settle(open(config, arguments, SETTLING).await?, settlement, invocation, json).await
        }
        // The host of a recovery has one journal, and the accounts that belong to it.
        Some(JournalCommand::Recover { .. }) if arguments.journal.is_some() => Err(another_journal()),
        Some(JournalCommand::Recover { within }) => {
            recover::recover(config, Duration::from_secs(*within), invocation, json).await
        }
    }
}

async fn open(config: &Path, arguments: &JournalArguments, action: &'static str) -> Result<JournalClient, Failure> {
    let failed = library(action);
    JournalClient::open(file(config, arguments, action)?).await.map_err(failed)
}

/// The journal's file: from the command line, or else from the configuration.
fn file(config: &Path, arguments: &JournalArguments, action: &'static str) -> Result<PathBuf, Failure> {
    if let Some(file) = &arguments.journal {
        return Ok(file.clone());
    }
    let journal = Config::journal_from_file(config).map_err(library(action))?;
    journal.map(|journal| journal.file().to_path_buf()).ok_or_else(|| no_journal(config, action))
}

fn no_journal(config: &Path, action: &'static str) -> Failure {
    let config = config.display();
    let problem = format!("{config} names no journal: write journal = \"path\" at its top, or give --journal");
    Failure::new(action, Cause::Options(problem))
}

fn no_list() -> Failure {
    let problem =
        "options that choose which writes to list go with `stockbridge journal` alone, without a command after it";
    Failure::new(ACTION, Cause::Options(problem.to_owned()))
}

fn another_journal() -> Failure {
    let problem = "a recovery works on the configuration's journal, through its accounts: leave --journal out, and name the \
                   configuration of that journal with --config";
    Failure::new(RECOVERING, Cause::Options(problem.to_owned()))
}

fn library<E: Into<Error>>(action: &'static str) -> impl Fn(E) -> Failure {
    move |error| Failure::new(action, Cause::Library(error.into()))
}

fn written(action: &'static str) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::new(action, Cause::Output(error))
}
