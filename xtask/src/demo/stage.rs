//! Setting of the demo: the simulator, the command and the accounts' configuration.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::ledger::Ledger;
use crate::run::{root, target};

/// The accounts' secrets, from the simulator's documentation.
const SECRETS: [(&str, &str); 6] = [
    ("WDT_APPSECRET", "demo-secret:demo-salt"),
    ("WDT_SECRET", "demo-secret"),
    ("TOP_SECRET", "demo-secret"),
    ("TOP_SESSION", "demo-session"),
    ("WINIT_TOKEN", "demo-token"),
    ("WINIT_CLIENT_SECRET", "demo-client-secret"),
];

/// The simulator in a process of its own, and everything that the command needs to reach it.
pub(super) struct Stage {
    simulator: Child,
    address: String,
    command: PathBuf,
    config: PathBuf,
}

impl Stage {
    pub(super) fn open() -> Result<Stage> {
        let command = target().join("debug/stockbridge");
        let mut simulator = Command::new(&command)
            .args(["simulator", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not run", command.display()))?;
        let mut line = String::new();
        let output = simulator.stdout.take().context("the simulator has no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let address =
            line.trim().rsplit_once("http://").context("the simulator did not print its address")?.1.to_owned();

        // The configuration of the examples, with this simulator's port.
        let example = std::fs::read_to_string(root().join("examples/stockbridge.toml"))?;
        let connectors = target().join("connectors");
        let config = target().join("demo/stockbridge.toml");
        std::fs::create_dir_all(target().join("demo"))?;
        let text =
            example.replace("127.0.0.1:8080", &address).replace("../target/connectors", &connectors.to_string_lossy());
        // A journal for this run only: the previous one is removed with its companion files.
        for name in ["journal", "journal.witness", "journal.host", "journal.rate"] {
            let file = target().join("demo").join(name);
            if file.exists() {
                std::fs::remove_file(&file)?;
            }
        }
        std::fs::write(&config, format!("journal = \"journal\"\n\n{text}"))?;
        Ok(Stage { simulator, address, command, config })
    }

    /// Prints a paragraph for the reader, wrapped.
    pub(super) fn say(&self, text: &str) {
        let mut line = String::new();
        for word in text.split(' ') {
            if line.chars().count() + word.chars().count() > 100 {
                println!("{line}");
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        println!("{line}");
    }

    /// Runs the command, which must succeed.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<()> {
        let code = self.start(arguments, &[], None)?;
        ensure!(code == Some(0), "stockbridge {} ended with {code:?}", arguments.join(" "));
        Ok(())
    }

    /// Runs the command, which must end with this exit code.
    pub(super) fn ends_with(
        &self,
        expected: i32,
        arguments: &[&str],
        secrets: &[(&str, &str)],
        order: Option<&str>,
    ) -> Result<()> {
        let code = self.start(arguments, secrets, order)?;
        ensure!(
            code == Some(expected),
            "stockbridge {} ended with {code:?} in place of {expected}",
            arguments.join(" ")
        );
        Ok(())
    }

    /// The configuration with another file as a connector.
    pub(super) fn config_with_connector(&self, name: &str, component: &Path) -> Result<String> {
        let built = target().join("connectors").join(format!("{name}.wasm"));
        let text = std::fs::read_to_string(&self.config)?;
        Ok(text.replace(&*built.to_string_lossy(), &component.to_string_lossy()))
    }

    /// The variables that the configuration takes secrets from.
    pub(super) fn secrets() -> [(&'static str, &'static str); 6] {
        SECRETS
    }

    /// The number in the journal of the write with this reference.
    pub(super) fn lost_write(&self, reference: &str) -> Result<String> {
        let mut command = Command::new(&self.command);
        command.arg("--config").arg(&self.config).args(["--json", "journal", "--reference", reference]);
        let output = command.current_dir(root()).output()?;
        let listed: Value = serde_json::from_slice(&output.stdout)?;
        let id = listed.pointer("/writes/0/id").with_context(|| format!("the journal has no {reference}"))?;
        Ok(id.to_string())
    }

    fn start(&self, arguments: &[&str], secrets: &[(&str, &str)], order: Option<&str>) -> Result<Option<i32>> {
        println!("\n$ stockbridge {}", arguments.join(" "));
        let mut command = Command::new(&self.command);
        command.arg("--config").arg(&self.config).args(arguments).current_dir(root());
        command.envs(Stage::secrets()).envs(secrets.iter().copied());
        let stdin = if order.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = command.stdin(stdin).spawn()?;
        if let (Some(order), Some(mut stdin)) = (order, child.stdin.take()) {
            stdin.write_all(order.as_bytes())?;
        }
        Ok(child.wait()?.code())
    }

    /// One of the example orders, with one value replaced.
    pub(super) fn order(&self, name: &str, pointer: &str, value: &str) -> Result<String> {
        edited(&std::fs::read_to_string(root().join(format!("examples/orders/{name}.json")))?, pointer, value)
    }

    /// The simulator's current stock.
    pub(super) fn ledger(&self) -> Result<Ledger> {
        Ledger::read(&self.ask("GET /_simulator/ledger", "")?)
    }

    /// Adds a fault to the simulator.
    pub(super) fn fault(&self, fault: &str) -> Result<()> {
        println!("\n(the simulator gets a fault: {fault})");
        self.ask("POST /_simulator/faults", fault).map(drop)
    }

    fn ask(&self, what: &str, body: &str) -> Result<String> {
        let mut connection = TcpStream::connect(&self.address)?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        let (host, length) = (&self.address, body.len());
        write!(connection, "{what} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{body}")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let Some((head, body)) = answer.split_once("\r\n\r\n") else { bail!("the simulator's answer is cut off") };
        ensure!(head.contains(" 200 ") || head.contains(" 204 "), "the simulator refused {what}: {body}");
        Ok(body.to_owned())
    }
}

/// The order with the value at a JSON pointer replaced.
pub(super) fn edited(order: &str, pointer: &str, value: &str) -> Result<String> {
    let mut order: Value = serde_json::from_str(order)?;
    *order.pointer_mut(pointer).with_context(|| format!("the order has no {pointer}"))? = value.into();
    Ok(order.to_string())
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It may have ended already, and then nothing is left to do.
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}
