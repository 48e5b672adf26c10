//! Holds the dependencies against `deny.toml`: licences, bans and sources; known advisories, where a database of them is given.
//!
//! It is cargo-deny that does so, built into `target/tools` where that has not been done before.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;

const VERSION: &str = "0.20.2";

pub(crate) fn run(advisories: Option<&Path>) -> Result<()> {
    let tool = tool()?;
    let checked = |arguments: &[&str]| -> Result<()> {
        let mut deny = Command::new(&tool);
        deny.current_dir(run::root()).args(["--all-features", "--locked"]).args(arguments);
        let status = deny.status().with_context(|| format!("{} does not start", tool.display()))?;
        if !status.success() {
            bail!("the dependencies are not what deny.toml allows");
        }
        Ok(())
    };
    checked(&["check", "--hide-inclusion-graph", "licenses", "bans", "sources"])?;
    let Some(database) = advisories else {
        println!("advisories: skipped, for no database of them was given (--advisories <directory>)");
        return Ok(());
    };
    let database = database.to_str().context("the database's path is no text")?;
    checked(&["--offline", "check", "--disable-fetch", "--config", &configured(database)?, "advisories"])
}

/// `deny.toml` with the place of a database.
fn configured(database: &str) -> Result<String> {
    let rules = std::fs::read_to_string(run::root().join("deny.toml"))?;
    let place = format!("[advisories]\ndb-path = {database:?}\n");
    let file = run::target().join("tools/deny-with-database.toml");
    std::fs::write(&file, rules.replacen("[advisories]\n", &place, 1))?;
    Ok(file.display().to_string())
}

fn tool() -> Result<PathBuf> {
    let root = run::target().join("tools");
    let tool = root.join("bin/cargo-deny");
    let is_there = Command::new(&tool).arg("--version").output();
    let says = is_there.map(|said| String::from_utf8_lossy(&said.stdout).into_owned()).unwrap_or_default();
    if !says.contains(VERSION) {
        let place = root.to_str().context("the target directory's path is no text")?;
        // It runs for seconds, and takes minutes to optimise.
        run::cargo(&["install", "cargo-deny", "--version", VERSION, "--locked", "--root", place, "--debug"])?;
    }
    Ok(tool)
}
