//! `stockbridge accounts --watch` on a real connector: its output while its files change, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockbridge_tests::{connector, version};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);
const CONNECTOR: &str = "wdt-enterprise";

/// A running command, killed at the end of its test, and its lines.
struct Running {
    child: Child,
    output: Receiver<String>,
    errors: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn line(&self) -> String {
        self.output.recv_timeout(LONG).unwrap()
    }

    fn document(&self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    fn ended(&mut self) -> Option<i32> {
        ended(&mut self.child)
    }
}

/// The command's exit code; none if it does not end by itself.
fn ended(child: &mut Child) -> Option<i32> {
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

fn watch(directory: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stockbridge"));
    command.current_dir(directory).args(["accounts", "--watch"]).args(more);
    command.env_remove("STOCKBRIDGE_LOG").stdin(Stdio::null());
    command
}

fn start(directory: &TempDir, more: &[&str]) -> Running {
    let mut child = watch(directory.path(), more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (output, errors) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
    Running { child, output, errors }
}

/// Its lines, as they arrive.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// A directory with a configuration of the account `wms`, its connector and its secret.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("stockbridge.toml"), account("wms", "")).unwrap();
    std::fs::write(directory.path().join("secret"), "demo-secret\n").unwrap();
    std::fs::copy(connector(CONNECTOR), directory.path().join("connector.wasm")).unwrap();
    directory
}

fn account(name: &str, more: &str) -> String {
    format!(
        "[accounts.{name}]\nconnector = \"connector.wasm\"\nsettings.sid = \"demo-sid\"\nsettings.appkey = \
         \"demo-key\"\nsecrets.secret = {{ file = \"secret\" }}\n{more}\n"
    )
}

/// Replaces a file atomically.
fn replace(directory: &TempDir, name: &str, bytes: impl AsRef<[u8]>) {
    let fresh = directory.path().join("fresh");
    std::fs::write(&fresh, bytes).unwrap();
    std::fs::rename(fresh, directory.path().join(name)).unwrap();
}

#[test]
fn a_program_reads_the_accounts_then_each_event_and_the_accounts_after_it() {
    let directory = directory();
    let running = start(&directory, &["--json"]);
    let first = running.document();
    let wms = &first["accounts"][0];
    assert_eq!((&wms["name"], &wms["provider"]), (&json!("wms"), &json!(CONNECTOR)));
    assert_eq!((&wms["calls"], &wms["last-swap"]), (&json!(0), &Value::Null));

    replace(&directory, "stockbridge.toml", account("wms", "limits.deadline-ms = 20000"));
    let applied = running.document();
    assert_eq!(
        applied,
        json!({
            "event": "applied", "added": [], "removed": [], "reconfigured": ["wms"], "swapped": [], "held-back": [],
            "failed": []
        })
    );
    assert_eq!(running.document()["accounts"][0]["sha256"], wms["sha256"]);

    replace(&directory, "stockbridge.toml", account("wms", "limits.rows = 0"));
    let refused = running.document();
    assert_eq!((&refused["event"], &refused["code"]), (&json!("refused"), &json!("config.invalid")));
    assert_eq!(running.document()["accounts"][0]["sha256"], wms["sha256"]);

    replace(&directory, "connector.wasm", version(&connector(CONNECTOR), 2));
    replace(&directory, "stockbridge.toml", account("wms", "limits.deadline-ms = 20000"));
    assert_eq!(running.document()["swapped"], json!(["wms"]));
    let swapped = running.document();
    let swap = &swapped["accounts"][0]["last-swap"];
    assert_eq!((&swap["from"], &swap["end"]), (&wms["sha256"], &json!("on-probation")));
    assert_eq!(swap["to"], swapped["accounts"][0]["sha256"]);
}

#[test]
fn without_a_terminal_a_change_is_a_new_table_and_an_event_a_line_beside_it() {
    let directory = directory();
    let running = start(&directory, &[]);
    let header = running.line();
    let columns: Vec<_> = header.split_whitespace().collect();
    assert_eq!(columns, ["ACCOUNT", "PROVIDER", "VERSION", "SHA256", "SINCE", "CALLS", "LAST", "SWAP"]);
    let wms = running.line();
    assert!(wms.starts_with("wms ") && wms.contains(CONNECTOR) && wms.ends_with('-'), "{wms}");

    replace(&directory, "stockbridge.toml", account("wms", "") + &account("second", ""));
    assert!(running.line().starts_with("ACCOUNT"));
    assert!(running.line().starts_with("second "));
    let same = running.line().split_whitespace().eq(wms.split_whitespace());
    assert!(same, "an unchanged account keeps its row");
    let event = running.errors.recv_timeout(LONG).unwrap();
    assert!(event.ends_with("  configuration applied: added second"), "{event}");
}

#[cfg(unix)]
#[test]
fn it_ends_with_0_when_told() {
    for signal in ["INT", "TERM"] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("stockbridge.toml"), "").unwrap();
        let mut running = start(&directory, &["--json"]);
        assert_eq!(running.document(), json!({"accounts": []}));
        let kill = format!("kill -{signal} {}", running.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(running.ended(), Some(0), "{signal}");
        assert!(running.output.recv_timeout(LONG).is_err(), "it says no more");
    }
}

#[test]
fn it_ends_when_nobody_reads_any_more() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("stockbridge.toml"), "").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = watch(directory.path(), &["--json"]).stdout(writer).spawn().unwrap();
    assert_eq!(ended(&mut child), Some(0));
}

#[test]
fn a_configuration_that_is_wrong_from_the_start_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut running = start(&directory, &[]);
    assert_eq!(running.ended(), Some(2));
    assert_eq!(running.errors.recv_timeout(LONG).unwrap(), "error: the watch over the accounts failed");
}
