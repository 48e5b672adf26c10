//! What a host costs the application that embeds it: crates, the time of a release build, and the size of a program without its
//! symbols.
//!
//! The program is `tests/applications/footprint`, with the host as it comes and with none of its features. Each is built into a
//! directory of its own that is empty before, and makes its call.

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
    // The versions that the repository has.
    std::fs::copy(run::root().join("Cargo.lock"), applications.join("Cargo.lock"))?;
    for (name, features) in [("no feature", &[][..]), ("as it comes", &["--features", "as-it-comes"])] {
        let crates = crates(&applications, features)?;
        let into = run::target().join("footprint");
        if into.exists() {
            std::fs::remove_dir_all(&into)?;
        }
        let (begun, busy) = (Instant::now(), processor_seconds());
        let arguments = [&["build", "--quiet", "--release", "--package", PACKAGE], features].concat();
        cargo(&applications, &arguments, &into)?;
        let seconds = begun.elapsed().as_secs();
        let program = into.join("release").join(format!("{PACKAGE}{}", std::env::consts::EXE_SUFFIX));
        let size = std::fs::metadata(&program)?.len();
        // Its files go with the directory.
        let called = Command::new(&program).arg(&component).env("TMPDIR", &into).status()?;
        ensure!(called.success(), "{} does not make its call", program.display());
        // That of the call is a moment.
        let busy =
            busy.zip(processor_seconds()).map(|(before, after)| format!(" ({} s of a processor)", after - before));
        println!("{name}: {crates} crates, built in {seconds} s{}, {size} bytes", busy.unwrap_or_default());
        std::fs::remove_dir_all(&into)?;
    }
    Ok(())
}

/// How many crates the program is made of, its own among them.
fn crates(applications: &Path, features: &[&str]) -> Result<usize> {
    let arguments = [&["tree", "--package", PACKAGE, "--edges", "normal", "--prefix", "none"], features].concat();
    let listed = cargo(applications, &arguments, &run::target())?;
    let mut crates: Vec<&str> = listed.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    crates.sort_unstable();
    crates.dedup();
    Ok(crates.len())
}

/// How long the programs that this one started were on a processor, where the system says so: beside others the time that passes
/// says little.
fn processor_seconds() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the program's name, which may hold anything: user and system time of children, in hundredths.
    let (_, fields) = stat.rsplit_once(')')?;
    let times: Option<Vec<u64>> = fields.split_whitespace().skip(13).take(2).map(|field| field.parse().ok()).collect();
    Some(times?.iter().sum::<u64>() / 100)
}

/// Runs cargo there; what it prints.
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
