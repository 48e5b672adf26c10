//! Cost of reading JSON in a component with this project's scan (`plugins/json`), compared with serde_json and raw values: the
//! guest's instructions in a whole call, by wasmtime's fuel; those of the machine, by callgrind, including the host's work for
//! each row; and the sizes of the two components. These differ only in how they read the answer:
//! `tests/components/stock-by-scan` and `stock-by-serde`.
//!
//! Both counts are the same, or nearly so, in every run and on a busy machine. Callgrind's count of a call is the difference
//! between a long and a short run, which excludes the start and the compilation.
//!
//! `cargo xtask test-components && cargo bench -p stockbridge --bench json`; the second count needs valgrind

#![allow(missing_docs, clippy::expect_used, clippy::float_arithmetic)] // A bench reports; it has no callers.

mod engine;
#[allow(dead_code, reason = "the calls of the other benches")]
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use engine::RepeatedCalls;
use serde::Deserialize;
use serde_json::value::RawValue;
use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge::{Account, Config, Host, Json, StockPage, StockQuery};
use support::{LARGE, ONE_ROW, SKU};
use tempfile::TempDir;
use tokio::runtime::Builder;

const GATEWAY: &str = "http://127.0.0.1:9";

/// Components under comparison.
const SCAN: &str = "stock-by-scan";
const SERDE: &str = "stock-by-serde";
/// Checks of the rows' texts under comparison.
const CHECK_BY_SCAN: &str = "check-by-scan";
const CHECK_BY_SERDE: &str = "check-by-serde";

/// Calls of the short run, subtracted from the long one.
const SHORT_RUN: u64 = 20;
/// Calls that the long run makes in addition.
const CALLS: u64 = 100;

/// Argument for the rerun of this bench under callgrind.
const COUNTED: &str = "--counted";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some([work, rows, times]) =
        arguments.iter().position(|one| one == COUNTED).and_then(|index| arguments.get(index + 1..)?.first_chunk())
    {
        return run_work(work, rows.parse().expect("a number"), times.parse().expect("a number"));
    }
    // Skipped when cargo only checks that benches start.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    for rows in [1, LARGE] {
        assert_eq!(page(SCAN, rows), page(SERDE, rows), "both components return the same page");
        let [scan, serde] =
            [SCAN, SERDE].map(|name| RepeatedCalls::new(&component_path(name), answer(rows), true).instructions(SKU));
        println!("call with {rows} rows, guest: {}", comparison(scan, serde));
        if has_valgrind {
            by_callgrind(rows);
        } else {
            println!("  machine: skipped, valgrind is not installed");
        }
    }
    let [scan, serde] = [SCAN, SERDE].map(|name| fs::metadata(component_path(name)).expect("a component").len());
    println!("component size: {scan} bytes with the scan, {serde} with serde_json");
}

/// Machine instructions: the guest's, and the host's for lifting its result.
fn by_callgrind(rows: usize) {
    let [scan, serde] = [SCAN, SERDE].map(|name| instructions(name, rows));
    println!("  machine: {}", comparison(scan, serde));
    let [check, other] = [CHECK_BY_SCAN, CHECK_BY_SERDE].map(|work| instructions(work, rows));
    println!("  host's check of the rows' texts: {}", comparison(check, other));
    println!("  both together: {}", comparison(scan + check, serde + other));
}

fn comparison(scan: u64, serde: u64) -> String {
    let fewer = 100.0 - 100.0 * scan as f64 / serde as f64;
    format!("{scan} instructions with the scan, {serde} with serde_json: {fewer:.1} % fewer")
}

/// Instructions of one call, or of one check of its rows.
fn instructions(work: &str, rows: usize) -> u64 {
    (collected(work, rows, SHORT_RUN + CALLS) - collected(work, rows, SHORT_RUN)) / CALLS
}

/// Callgrind's count of a rerun of this bench with this work.
fn collected(work: &str, rows: usize, times: u64) -> u64 {
    let directory = TempDir::new().expect("a directory");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", directory.path().join("out").display()))
        .arg(std::env::current_exe().expect("this program"))
        .args([COUNTED, work, &rows.to_string(), &times.to_string()])
        .output()
        .expect("valgrind");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let line = report.lines().find_map(|line| line.split_once("Collected :")).expect("callgrind's count");
    line.1.trim().parse().expect("a number")
}

/// Runs the work that callgrind counts.
fn run_work(work: &str, rows: usize, times: u64) {
    match work {
        CHECK_BY_SCAN => check(rows, times, |row| Json::parse(row).is_some()),
        CHECK_BY_SERDE => check(rows, times, |row| RawValue::from_string(row).is_ok()),
        component => calls(component, rows, times),
    }
}

fn calls(component: &str, rows: usize, times: u64) {
    let component = RepeatedCalls::new(&component_path(component), answer(rows), false);
    for _ in 0..times {
        assert_eq!(component.query(SKU), rows);
    }
}

/// Host's check that each row's text is JSON.
fn check(rows: usize, times: u64, is_json: fn(String) -> bool) {
    let answer = answer(rows);
    let answer: Answer<'_> = serde_json::from_str(&answer).expect("an answer");
    for _ in 0..times {
        assert!(answer.stocks.iter().all(|row| is_json(row.get().to_owned())));
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    stocks: Vec<&'a RawValue>,
}

fn answer(rows: usize) -> String {
    if rows == 1 { ONE_ROW.to_owned() } else { support::large_answer() }
}

fn page(component: &str, rows: usize) -> StockPage {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { account(component, rows).await.query(StockQuery::skus([SKU])).await.expect("a page") })
}

async fn account(component: &str, rows: usize) -> Account {
    let config = Config::new().account(support::account_of(component_path(component), GATEWAY));
    let host = Host::builder().transport(Memory(answer(rows))).build(config).await.expect("a host");
    host.account("bench").expect("the account")
}

fn component_path(component: &str) -> PathBuf {
    let path = support::target().join("test-components").join(format!("{component}.wasm"));
    assert!(path.exists(), "{} is missing: run `cargo xtask test-components` first", path.display());
    path
}

/// Transport that answers every request with the same body.
struct Memory(String);

impl Transport for Memory {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        let body = self.0.as_bytes().to_vec();
        Box::pin(async move { Ok(InboundResponse { status: 200, headers: Vec::new(), body }) })
    }
}
