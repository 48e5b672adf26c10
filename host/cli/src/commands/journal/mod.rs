//! `stockbridge journal`: what became of writes, and a person's word on those of which nobody else can tell.
//!
//! Each of its commands has a file; this one finds the journal and hands on.

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
use crate::typed::Typed;

const ACTION: &str = "the look into the journal";
const SETTLING: &str = "the settlement";
const RECOVERING: &str = "the recovery";

/// Lists writes, shows one, closes one, or finds out about those that are open.
pub(crate) async fn run(config: &Path, asked: &JournalArguments, json: bool) -> Result<Exit, Failure> {
    let typed = &Typed::new(config, asked.journal.as_deref());
    match &asked.command {
        None => {
            let listed = asked.list.clone().unwrap_or_default();
            list::list(&open(config, asked, ACTION).await?, listed, typed, json).await
        }
        Some(_) if asked.list.is_some() => Err(no_list()),
        Some(JournalCommand::Show { id }) => show::show(&open(config, asked, ACTION).await?, *id, json).await,
        Some(JournalCommand::Init) => upkeep::init(&file(config, asked, ACTION)?, json).await,
        Some(JournalCommand::Backup { to }) => upkeep::backup(open(config, asked, ACTION).await?, to, json).await,
        Some(JournalCommand::Verify) => upkeep::verify(&file(config, asked, ACTION)?, json).await,
        Some(JournalCommand::Export(what)) => export::export(open(config, asked, ACTION).await?, what).await,
        Some(JournalCommand::Repair { to }) => upkeep::repair(&file(config, asked, ACTION)?, to, json).await,
        Some(JournalCommand::Gap { command: None }) => gap::list(open(config, asked, ACTION).await?, json).await,
        Some(JournalCommand::Gap { command: Some(GapCommand::Close(word)) }) => {
            gap::close(open(config, asked, ACTION).await?, word, json).await
        }
        Some(JournalCommand::Settle(word)) => {
            settle::settle(open(config, asked, SETTLING).await?, word, typed, json).await
        }
        // The host of a recovery has one journal, with the accounts that belong to it.
        Some(JournalCommand::Recover { .. }) if asked.journal.is_some() => Err(another_journal()),
        Some(JournalCommand::Recover { within }) => {
            recover::recover(config, Duration::from_secs(*within), typed, json).await
        }
    }
}

async fn open(config: &Path, asked: &JournalArguments, action: &'static str) -> Result<JournalClient, Failure> {
    let failed = library(action);
    JournalClient::open(file(config, asked, action)?).await.map_err(failed)
}

/// Where the journal is: as the command line says, or else the configuration.
fn file(config: &Path, asked: &JournalArguments, action: &'static str) -> Result<PathBuf, Failure> {
    if let Some(file) = &asked.journal {
        return Ok(file.clone());
    }
    let journal = Config::journal_from_file(config).map_err(library(action))?;
    journal.map(|journal| journal.file().to_path_buf()).ok_or_else(|| none(config, action))
}

fn none(config: &Path, action: &'static str) -> Failure {
    let config = config.display();
    let problem = format!("{config} names no journal: write journal = \"path\" at its top, or give --journal");
    Failure::new(action, Cause::Options(problem))
}

fn no_list() -> Failure {
    let problem = "which writes to list is said to `stockbridge journal` alone, without a command behind it";
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
