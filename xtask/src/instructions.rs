//! Instruction counts of a query, of a row and of a journaled write, compared with the committed counts: other work on the
//! machine changes times, and none of these.
//!
//! Valgrind counts `tests/instructions`, and presents the same processor to each program, so that code selected by the processor
//! is the same everywhere. The start is in the counts of a short and of a long run, and cancels in their difference, except for
//! some hundred thousand instructions by which two starts differ: the long run has enough calls for that to be a small part. A
//! guest yields by the clock, more often on a slower machine: some thousandths of a count.
//!
//! System calls are counted by strace. Those that depend on thread timing are printed without a comparison.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::{components, run};

const PROGRAM: &str = "stockbridge-instructions";
/// Rows of the program's full page.
const PAGE: u64 = 100;
/// Permitted difference from a committed count of instructions, in thousandths of it.
const TOLERANCE: u64 = 30;
/// The same for system calls: the journal's upkeep, which runs by the clock, may fall among them.
const TOLERANCE_OF_SYSTEM_CALLS: u64 = 50;

/// Counted calls of one kind: the long run less the short one.
struct Calls {
    /// Name of the work in the program.
    work: &'static str,
    short: u64,
    long: u64,
}

const QUERIES: Calls = Calls { work: "query", short: 20, long: 520 };
const PAGES: Calls = Calls { work: "page", short: 5, long: 25 };
const WRITES: Calls = Calls { work: "write", short: 20, long: 220 };

/// System calls of writes with nearly the same count in each run: for durability, and for the rate shared between hosts.
const STEADY: [&str; 2] = ["fdatasync", "flock"];

/// Counts by name.
type Counts = BTreeMap<String, u64>;

/// Measured counts.
struct Figures {
    instructions: Counts,
    /// Counts of a hundred writes; `None` if strace is missing.
    system_calls: Option<Counts>,
}

/// Compares the counts with the committed ones, or replaces those if `write`.
pub(crate) fn run(write: bool) -> Result<()> {
    if !runs(Command::new("valgrind").arg("--version")) {
        println!("skipped: valgrind is not installed (`cargo xtask setup`)");
        return Ok(());
    }
    let (file, origin) = (run::root().join("tests/instructions/expected.json"), origin()?);
    if write {
        return commit(&file, &origin, &measure()?);
    }
    let committed = read(&file)?;
    match committed.get("origin") {
        Some(other) if *other == origin => compare(&measure()?, &committed),
        other => {
            let other = other.map_or_else(String::new, shown);
            println!("skipped: the committed counts are for {other}; this is {}", shown(&origin));
            Ok(())
        }
    }
}

fn commit(file: &Path, origin: &Value, found: &Figures) -> Result<()> {
    let system_calls = found.system_calls.as_ref().context("system calls are committed too: install strace")?;
    let figures =
        json!({ "origin": origin, "instructions": found.instructions, "system calls of 100 writes": system_calls });
    let text = serde_json::to_string_pretty(&figures)?;
    fs::write(file, text + "\n").with_context(|| format!("{} cannot be written", file.display()))
}

fn read(file: &Path) -> Result<Value> {
    let text = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))
}

/// Origin of counts: the conditions on which they depend, besides the sources.
fn origin() -> Result<Value> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().context("rustc does not run")?;
    ensure!(output.status.success(), "`rustc -vV` failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let toolchain = text.lines().next().context("`rustc -vV` prints no version")?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).context("`rustc -vV` prints no host")?;
    Ok(json!({ "toolchain": toolchain, "architecture": host, "profile": "dev" }))
}

/// Origin as readable text.
fn shown(origin: &Value) -> String {
    let parts: Vec<&str> = origin.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_str).collect();
    parts.join(", ")
}

/// Fails if a count is out of tolerance.
fn compare(found: &Figures, committed: &Value) -> Result<()> {
    let mut outside = Vec::new();
    let mut check = |part: &str, counts: &Counts, tolerance: u64| {
        for (name, found) in counts {
            let expected = committed.get(part).and_then(|part| part.get(name)?.as_u64());
            let expected = expected.with_context(|| format!("no count is committed for {name} in {part:?}"))?;
            if found.abs_diff(expected) * 1000 > tolerance * expected {
                let ratio = (found * 1000).checked_div(expected).unwrap_or_default();
                let ratio = format!("{}.{:03}", ratio / 1000, ratio % 1000);
                outside.push(format!("{part}, {name}: expected {expected}, found {found}, ratio {ratio}"));
            }
        }
        anyhow::Ok(())
    };
    check("instructions", &found.instructions, TOLERANCE)?;
    check(
        "system calls of 100 writes",
        found.system_calls.as_ref().unwrap_or(&Counts::new()),
        TOLERANCE_OF_SYSTEM_CALLS,
    )?;
    if outside.is_empty() {
        return Ok(());
    }
    bail!(
        "counts out of tolerance (instructions within {} %, system calls within {} %):\n{}\n\
         if that is intended, run `cargo xtask instructions --write`, and give the reason in the commit",
        TOLERANCE / 10,
        TOLERANCE_OF_SYSTEM_CALLS / 10,
        outside.join("\n")
    )
}

/// Builds the program, and counts.
fn measure() -> Result<Figures> {
    components::connectors()?;
    run::cargo(&["build", "--quiet", "--workspace", "--all-features", "--bin", PROGRAM])?;
    Ok(Figures { instructions: instructions()?, system_calls: system_calls()? })
}

fn instructions() -> Result<Counts> {
    prepare(&["valgrind", "--tool=none"], "valgrind")?;
    let (query, page, write) = (per_call(&QUERIES)?, per_call(&PAGES)?, per_call(&WRITES)?);
    let row = page.saturating_sub(query) / (PAGE - 1);
    println!("instructions: a query of one row {query}, one more row {row}, a journaled write {write}");
    Ok([("query", query), ("row", row), ("write", write)].map(|(name, count)| (name.to_owned(), count)).into())
}

/// Instructions of one call.
fn per_call(calls: &Calls) -> Result<u64> {
    let [short, long] = [calls.short, calls.long].map(|times| collected(calls.work, times));
    Ok(long?.saturating_sub(short?) / (calls.long - calls.short))
}

/// Instructions of a run with `times` calls.
fn collected(work: &str, times: u64) -> Result<u64> {
    let callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let report = reported(&callgrind, work, times, "valgrind")?;
    let count = report.lines().find_map(|line| line.split_once("Collected :")).context("callgrind reports no count")?.1;
    count.trim().parse().context("callgrind's count is not a number")
}

/// Prints the system calls of each kind of call, and returns the steady ones of a hundred writes.
fn system_calls() -> Result<Option<Counts>> {
    if !runs(Command::new("strace").args(["-f", "-c", "-o", "/dev/null", "true"])) {
        println!("system calls: skipped, strace is not installed or lacks permission to trace");
        return Ok(None);
    }
    prepare(&[], "strace")?;
    for calls in [&QUERIES, &PAGES] {
        show(calls.work, &per_hundred(calls)?);
    }
    let mut of_writes = per_hundred(&WRITES)?;
    show(WRITES.work, &of_writes);
    let steady = STEADY.map(|name| (name.to_owned(), of_writes.remove(name).unwrap_or_default()));
    Ok(Some(steady.into()))
}

fn show(work: &str, per_hundred: &Counts) {
    let made = per_hundred.iter().filter(|(_, count)| **count > 0);
    let made: Vec<String> = made.map(|(name, count)| format!("{name} {}.{:02}", count / 100, count % 100)).collect();
    println!("system calls of a {work}: {}", made.join(", "));
}

/// System calls of a hundred calls.
fn per_hundred(calls: &Calls) -> Result<Counts> {
    let (before, after) = (traced(calls.work, calls.short)?, traced(calls.work, calls.long)?);
    let made = after.into_iter().map(|(name, count)| {
        let made = count.saturating_sub(before.get(&name).copied().unwrap_or_default());
        (name, made * 100 / (calls.long - calls.short))
    });
    Ok(made.collect())
}

/// System calls of a run with `times` calls.
fn traced(work: &str, times: u64) -> Result<Counts> {
    let file = scratch()?.join("system-calls");
    let file = file.to_str().context("cargo's target directory is not UTF-8")?;
    reported(&["strace", "-f", "-c", "-o", file], work, times, "strace")?;
    let table = fs::read_to_string(file).context("strace wrote no table")?;
    // "% time, seconds, usecs/call, calls, errors if any, syscall", with two lines of dashes and a total.
    let rows = table.lines().filter_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (calls, name) = (columns.get(3)?.parse().ok()?, *columns.last()?);
        (name != "total").then(|| (name.to_owned(), calls))
    });
    Ok(rows.collect())
}

/// Compiles the program's connector into a cache, for the processor that `tool` presents.
fn prepare(tool: &[&str], cache: &str) -> Result<()> {
    reported(tool, "prepare", 0, cache).map(drop)
}

/// Runs the program under a tool, if any, and returns the standard error of both.
fn reported(tool: &[&str], work: &str, times: u64, cache: &str) -> Result<String> {
    let program = run::target().join("debug").join(PROGRAM);
    let mut command = match tool {
        [first, options @ ..] => {
            let mut command = Command::new(first);
            command.args(options).arg(program);
            command
        }
        [] => Command::new(program),
    };
    let output = command.args([work, &times.to_string()]).arg(scratch()?.join(cache)).output();
    let output = output.with_context(|| format!("{} does not run", command.get_program().display()))?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{PROGRAM} failed at {work}:\n{report}");
    Ok(report)
}

/// Directory of compiled connectors, and of strace's table.
fn scratch() -> Result<PathBuf> {
    let directory = run::target().join("instructions");
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn runs(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
