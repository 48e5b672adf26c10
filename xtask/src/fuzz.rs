//! Fuzzing: each target under libFuzzer, guided by the coverage of this repository's own crates.
//!
//! cargo-fuzz needs a nightly compiler for its sanitizers. The coverage that guides libFuzzer does not: rustc can count
//! taken edges on stable too. This program replaces rustc when cargo builds a crate of the workspace, and adds the flags;
//! third-party crates are built as usual, so they are shared with `cargo test`.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::components;
use crate::run::{root, target};

const PACKAGE: &str = "stockbridge-fuzz";

/// Set for cargo, so that this program recognises a call in place of rustc.
const AS_RUSTC: &str = "STOCKBRIDGE_FUZZ_RUSTC";

/// Counts edges inline, with their positions, and compared values. Fast enough to run thousands of inputs, with the checks
/// of a debug build.
const FLAGS: [&str; 10] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Copt-level=2",
    "-Ccodegen-units=1",
    "-Cdebug-assertions=on",
    "-Coverflow-checks=on",
];

/// Targets to fuzz, and the time for each.
#[derive(clap::Args)]
pub(crate) struct Fuzz {
    /// Minutes of processor time for each of the fourteen targets
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// Only this target, such as `configuration`: a binary of tests/fuzz. May be repeated
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
}

/// Runs as rustc where cargo calls this program in its place.
pub(crate) fn in_place_of_rustc() -> Option<ExitCode> {
    std::env::var_os(AS_RUSTC)?;
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next()?;
    let mut command = Command::new(rustc);
    let arguments: Vec<_> = arguments.collect();
    // A build script has no fuzzer to report to.
    let builds = arguments.iter().any(|argument| argument == "build_script_build");
    command.args(arguments).args(if builds { &[] } else { FLAGS.as_slice() });
    Some(match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

pub(crate) fn run(arguments: &Fuzz) -> Result<()> {
    let targets = names()?;
    if let Some(unknown) = arguments.targets.iter().find(|name| !targets.contains(name)) {
        bail!("there is no target `{unknown}`; the targets are {}", targets.join(", "));
    }
    let chosen = if arguments.targets.is_empty() { &targets } else { &arguments.targets };
    compiler()?;
    components::connectors()?;
    components::test_components()?;
    build(chosen)?;
    let mut broken = Vec::new();
    for name in chosen {
        if !fuzz(name, Duration::from_secs(60 * u64::from(arguments.minutes)))? {
            broken.push(name.as_str());
        }
    }
    ensure!(broken.is_empty(), "broken: {}; the inputs are in {}", broken.join(", "), place("artifacts")?.display());
    Ok(())
}

/// The names of the targets, from the manifest.
fn names() -> Result<Vec<String>> {
    let manifest = root().join("tests/fuzz/Cargo.toml");
    let text = fs::read_to_string(&manifest).with_context(|| format!("{} cannot be read", manifest.display()))?;
    let names = text.split("[[bin]]").skip(1).filter_map(|bin| bin.split('"').nth(1));
    Ok(names.map(str::to_owned).collect())
}

/// Checks for a C++ compiler: libFuzzer is C++.
fn compiler() -> Result<()> {
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| OsString::from("c++"));
    let runs = Command::new(&compiler).arg("--version").output().is_ok_and(|output| output.status.success());
    ensure!(
        runs,
        "libFuzzer is built with a C++ compiler, and `{}` does not run: install one (Debian: g++) or name it in CXX",
        compiler.display()
    );
    Ok(())
}

fn build(names: &[String]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let this = std::env::current_exe().context("this program's own path is unknown")?;
    let status = Command::new(cargo)
        // With the features of `cargo test`, so that its build results are shared.
        .args(["build", "--workspace", "--all-features"])
        .args(names.iter().flat_map(|name| ["--bin", name]))
        .current_dir(root())
        .env("RUSTC_WORKSPACE_WRAPPER", this)
        .env(AS_RUSTC, "1")
        .status()
        .context("cargo does not run")?;
    ensure!(status.success(), "the targets of {PACKAGE} could not be built");
    Ok(())
}

/// Runs a target until it has used this much processor time, or breaks. Returns whether it held.
fn fuzz(name: &str, budget: Duration) -> Result<bool> {
    let (begun, before) = (Instant::now(), used());
    let spent = || before.and_then(|before| Some(used()? - before)).unwrap_or_else(|| begun.elapsed());
    let (mut held, mut executions) = (true, 0);
    println!("\n{name}: {} s of a processor", budget.as_secs());
    loop {
        let left = budget.saturating_sub(spent()).as_secs();
        if left == 0 || !held {
            let outcome = if held { "held" } else { "broke" };
            println!("{name} {outcome}: {executions} executions in {} s of a processor", spent().as_secs());
            return Ok(held);
        }
        // libFuzzer measures wall-clock time: on a busy machine it has to be started again.
        let mut command = libfuzzer(name, left)?;
        let mut child = command.spawn().with_context(|| format!("{name} does not run"))?;
        executions += child.stderr.take().map_or(0, pass_on);
        held = child.wait()?.success();
    }
}

fn libfuzzer(name: &str, seconds: u64) -> Result<Command> {
    let (corpus, artifacts) = (place("corpus")?.join(name), place("artifacts")?.join(name));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let dictionary = place("dictionaries")?.join(name);
    // The target writes its dictionary and seeds before libFuzzer reads them; libFuzzer requires the file to exist.
    fs::write(&dictionary, "")?;
    let mut command = Command::new(target().join("debug").join(name));
    command
        .arg(&corpus)
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-dict={}", dictionary.display()))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-max_len=8192", "-timeout=60", "-rss_limit_mb=4096", "-use_value_profile=1", "-verbosity=0"])
        .arg("-print_final_stats=1")
        .env("STOCKBRIDGE_FUZZ_CORPUS", &corpus)
        .env("STOCKBRIDGE_FUZZ_DICTIONARY", &dictionary)
        .current_dir(root())
        .stderr(Stdio::piped());
    Ok(command)
}

/// Passes on a target's output except for libFuzzer's own statistics; returns their number of executions.
fn pass_on(output: impl Read) -> u64 {
    let mut executions = 0;
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        match line.strip_prefix("stat::") {
            Some(stat) => {
                let count =
                    stat.strip_prefix("number_of_executed_units:").and_then(|number| number.trim().parse().ok());
                executions += count.unwrap_or(0_u64);
            }
            // It looks for a sanitizer, which would need a nightly compiler.
            None if line.starts_with("WARNING: Failed to find function") => {}
            None => eprintln!("{line}"),
        }
    }
    executions
}

fn place(kind: &str) -> Result<PathBuf> {
    let place = target().join("fuzz").join(kind);
    fs::create_dir_all(&place)?;
    Ok(place)
}

/// Processor time of this program's children so far, where the system reports it: on a busy machine it is less than the
/// elapsed time.
fn used() -> Option<Duration> {
    const TICKS_A_SECOND: u64 = 100;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets; cutime and cstime are the fields 16 and 17, from 1.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_A_SECOND))
}
