//! Cost of a host to the application that embeds it: crates, the time of a release build, and the size of a program without its
//! symbols.
//!
//! The program is `tests/applications/footprint`, with the host's default features and with none. Each is built into an initially
//! empty directory of its own, and makes its call.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::{components, run};

const PACKAGE: &str = "stockbridge-application-footprint";

pub(crate) fn measure() -> Result<()> {
    components::connectors()?;
    let component = run::target().join("connectors/wdt-enterprise.wasm");
    let applications = run::root().join("tests/applications");
    // Dependency versions of the repository.
    std::fs::copy(run::root().join("Cargo.lock"), applications.join("Cargo.lock"))?;
    for (name, features) in [("no features", &[][..]), ("default features", &["--features", "as-it-comes"])] {
        let crates = crates(&applications, features)?;
        let into = run::target().join("footprint");
        if into.exists() {
            std::fs::remove_dir_all(&into)?;
        }
        let (started, cpu_before) = (Instant::now(), cpu_seconds());
        let arguments = [&["build", "--quiet", "--release", "--package", PACKAGE], features].concat();
        cargo(&applications, &arguments, &into)?;
        let seconds = started.elapsed().as_secs();
        let program = into.join("release").join(format!("{PACKAGE}{}", std::env::consts::EXE_SUFFIX));
        let size = std::fs::metadata(&program)?.len();
        // The call's files are removed with the directory.
        let status = Command::new(&program).arg(&component).env("TMPDIR", &into).status()?;
        ensure!(status.success(), "{} failed to make its call", program.display());
        // The call's CPU time is negligible.
        let cpu = cpu_before.zip(cpu_seconds()).map(|(before, after)| format!(" ({} s of CPU time)", after - before));
        println!("{name}: {crates} crates, built in {seconds} s{}, {size} bytes", cpu.unwrap_or_default());
        std::fs::remove_dir_all(&into)?;
    }
    Ok(())
}

/// Number of crates in the program, including its own.
fn crates(applications: &Path, features: &[&str]) -> Result<usize> {
    let arguments = [&["tree", "--package", PACKAGE, "--edges", "normal", "--prefix", "none"], features].concat();
    let listed = cargo(applications, &arguments, &run::target())?;
    let mut crates: Vec<&str> = listed.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    crates.sort_unstable();
    crates.dedup();
    Ok(crates.len())
}

/// CPU time of the child processes, if the system reports it: elapsed time depends on the other work of the machine.
fn cpu_seconds() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the program's name, which may contain any character: user and system time of children, in hundredths of a second.
    let (_, fields) = stat.rsplit_once(')')?;
    let times: Option<Vec<u64>> = fields.split_whitespace().skip(13).take(2).map(|field| field.parse().ok()).collect();
    Some(times?.iter().sum::<u64>() / 100)
}

/// Runs cargo in `applications`, and returns its output.
fn cargo(applications: &Path, arguments: &[&str], target: &PathBuf) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(applications)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        .output()
        .context("cargo does not run")?;
    ensure!(output.status.success(), "cargo {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
