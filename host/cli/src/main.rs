//! The command `stockbridge`: stock, transfers, adjustments and occupations from a terminal or a script.
//!
//! This file parses the command line, runs the command and ends with its exit code. Errors are a [`failure::Failure`], exit
//! codes are decided in [`exit`], and only [`output`] writes.

mod advice;
mod arguments;
mod bounded;
mod closest;
mod commands;
mod exit;
mod failure;
mod invocation;
mod notes;
mod output;
mod simulator_failure;

use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser as _;
use exit::Exit;
use failure::{Cause, Failure};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let exit = run(&arguments).unwrap_or_else(|failure| {
        output::failure(&failure, arguments.json);
        Exit::of(failure.class(), failure.outcome(), failure.code())
    });
    exit.into()
}

fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    output::log(arguments.verbose, arguments.command.checks())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("the start", Cause::Runtime(error)))?;
    runtime.block_on(commands::run(arguments))
}
