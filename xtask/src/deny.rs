//! Checks the dependencies against `deny.toml`: licences, bans and sources; known advisories, if a database of them is
//! given.
//!
//! Runs cargo-deny, which is built into `target/tools` if it is missing.

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
            bail!("the dependencies violate deny.toml");
        }
        Ok(())
    };
    checked(&["check", "--hide-inclusion-graph", "licenses", "bans", "sources"])?;
    let Some(database) = advisories else {
        println!("advisories: skipped, because no database of them was given (--advisories <directory>)");
        return Ok(());
    };
    let database = database.to_str().context("the database's path is not UTF-8")?;
    checked(&["--offline", "check", "--disable-fetch", "--config", &configured(database)?, "advisories"])
}

/// `deny.toml` with the path of a database.
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
    let version = is_there.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if !version.contains(VERSION) {
        let place = root.to_str().context("the target directory's path is not UTF-8")?;
        // It runs for seconds, and optimising it would take minutes.
        run::cargo(&["install", "cargo-deny", "--version", VERSION, "--locked", "--root", place, "--debug"])?;
    }
    Ok(tool)
}
