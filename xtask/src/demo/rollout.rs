//! Swap of a connector during calls: the example program runs, and its component is replaced.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::stage::Stage;
use crate::components;
use crate::run::target;

/// The connector that is swapped, and the account that it serves.
const CONNECTOR: &str = "wdt-flagship";
const ACCOUNT: &str = "flagship";

/// The running example program.
pub(super) struct Rollout {
    program: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The folder of the serving component.
    folder: PathBuf,
}

impl Rollout {
    /// Starts it with a component of its own.
    pub(super) fn start(stage: &Stage) -> Result<Rollout> {
        let folder = target().join("demo/rollout");
        fs::create_dir_all(&folder)?;
        fs::copy(target().join("connectors").join(format!("{CONNECTOR}.wasm")), component(&folder))?;
        let config = folder.join("stockbridge.toml");
        fs::write(&config, stage.config_with_connector(CONNECTOR, &component(&folder))?)?;
        println!("\n$ stockbridge-rollout stockbridge.toml {ACCOUNT} daj1");
        let mut command = Command::new(target().join("debug/stockbridge-rollout"));
        command.arg(&config).args([ACCOUNT, "daj1"]).envs(Stage::secrets());
        let mut program = command.stdout(Stdio::piped()).spawn().context("the example program does not run")?;
        let output = program.stdout.take().context("the example program has no output")?;
        Ok(Rollout { program, lines: BufReader::new(output).lines(), folder })
    }

    /// Puts another version in place.
    pub(super) fn swap(&self, version: &str) -> Result<()> {
        println!("$ mv wdt-flagship-{version}.wasm wdt-flagship.wasm");
        components::written(CONNECTOR, &self.folder, &components::as_version(CONNECTOR, version)?).map(drop)
    }

    /// Puts a truncated component in place.
    pub(super) fn damage(&self) -> Result<()> {
        println!("$ head --bytes=100000 wdt-flagship-0.3.0.wasm > wdt-flagship.wasm");
        let whole = components::as_version(CONNECTOR, "0.3.0")?;
        let half = whole.get(..100_000).context("the component is smaller than that")?;
        components::written(CONNECTOR, &self.folder, half).map(drop)
    }

    /// Shows the program's output until a line contains this text.
    pub(super) fn shows(&mut self, text: &str) -> Result<()> {
        for line in self.lines.by_ref() {
            let line = line?;
            println!("  {}", line.replace(&*self.folder.to_string_lossy(), "."));
            if line.contains(text) {
                return Ok(());
            }
        }
        anyhow::bail!("the example program ended before it printed `{text}`")
    }

    /// Watches it make calls for a while, none of which may fail.
    pub(super) fn goes_on(&mut self) -> Result<()> {
        for _ in 0..2 {
            self.shows(" calls, ")?;
        }
        Ok(())
    }

    /// Ends it. None of its calls may have failed.
    pub(super) fn end(mut self) -> Result<()> {
        let last = loop {
            let line = self.lines.next().context("the example program ended early")??;
            if line.contains(" calls, ") {
                break line;
            }
        };
        println!("  {last}");
        ensure!(last.ends_with(", 0 failed"), "calls failed");
        Ok(())
    }
}

impl Drop for Rollout {
    fn drop(&mut self) {
        // It may have ended already, and then nothing is left to do.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn component(folder: &Path) -> PathBuf {
    folder.join(format!("{CONNECTOR}.wasm"))
}
