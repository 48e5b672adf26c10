//! What is done to this repository: `cargo xtask demo`, `cargo xtask test`, `cargo xtask connectors`.

mod components;
mod demo;
mod hostile;
mod run;
mod toolchain;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Builds, shows and tests Stockbridge.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// The main job: the vendors' example requests through the real command, against the simulator.
    Demo,
    /// Everything that must pass.
    Test,
    /// Builds the connectors into target/connectors.
    Connectors,
    /// Builds what only tests load into target/test-components and target/hostile.
    TestComponents,
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::Demo => demo::run(),
        Task::Test => test(),
        Task::Connectors => components::connectors().map(|built| list(&built)),
        Task::TestComponents => test_components().map(|built| list(&built)),
    }
}

fn list(paths: &[PathBuf]) {
    paths.iter().for_each(|path| println!("{}", path.display()));
}

fn test_components() -> Result<Vec<PathBuf>> {
    let mut built = components::test_components()?;
    built.extend(hostile::guests()?);
    Ok(built)
}

/// The connectors and the test components are built first: the tests run the real ones.
fn test() -> Result<()> {
    components::connectors()?;
    test_components()?;
    run::cargo(&["test", "--workspace", "--all-features"])
}
