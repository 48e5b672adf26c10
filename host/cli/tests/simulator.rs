//! `stockbridge simulator` as a script starts it: one line, an address that answers, a graceful end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// A running command, killed at the end of its test.
struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn simulator(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stockbridge"));
    command.arg("simulator").args(arguments).stdin(Stdio::null());
    command
}

/// A simulator that accepts connections, and its address.
fn start(arguments: &[&str]) -> (Running, SocketAddr) {
    let mut child = simulator(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut running = Running { child, output };
    let mut line = String::new();
    running.output.read_line(&mut line).unwrap();
    let address = line.strip_prefix("simulator listening on http://").unwrap();
    let address = address.trim_end().parse().unwrap();
    (running, address)
}

fn refused(arguments: &[&str]) -> (i32, String) {
    let Output { status, stderr, .. } = simulator(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

fn ledger(address: SocketAddr) -> Value {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /_simulator/ledger HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    serde_json::from_str(body).unwrap()
}

#[cfg(unix)]
fn send_signal(running: &Running, signal: &str) {
    let kill = format!("kill -{signal} {}", running.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn it_says_where_it_listens_serves_its_ledger_and_ends_when_told() {
    for signal in ["TERM", "INT"] {
        let (mut running, address) = start(&["--listen", "127.0.0.1:0"]);
        assert!(!ledger(address)["stock"].as_array().unwrap().is_empty());
        send_signal(&running, signal);
        assert_eq!(running.child.wait().unwrap().code(), Some(0), "{signal}");
        let mut rest = String::new();
        running.output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "it prints exactly one line");
    }
}

#[test]
fn it_listens_on_this_machine_only() {
    let (code, error) = refused(&["--listen", "0.0.0.0:0"]);
    assert_eq!(code, 2);
    assert!(error.contains("loopback"), "{error}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let (_running, address) = start(&["--listen", "127.0.0.1:0"]);
    let (code, error) = refused(&["--listen", &address.to_string()]);
    assert_eq!(code, 1);
    assert!(error.contains(&format!("cannot listen at {address}")), "{error}");
}

#[test]
fn a_mistake_in_the_stock_file_is_named_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stock.toml");
    std::fs::write(&file, "\nnonsense = 1\n").unwrap();
    let (code, error) = refused(&["--listen", "127.0.0.1:0", "--stock", file.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(error.contains("stock.toml, line 2, `nonsense`"), "{error}");
}
