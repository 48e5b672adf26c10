//! The public API of the published crates, as text: what a change adds or removes shows in its diff.
//!
//! rustdoc's JSON is unstable, and stable toolchains give it out only if they are told so. Only rustdoc itself is told: with
//! `RUSTC_BOOTSTRAP` in cargo's environment, every build script that looks at it would run again.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::{package, run};

/// Set where this program stands in for rustdoc.
const STAND_IN: &str = "STOCKBRIDGE_RUSTDOC";

/// Runs rustdoc with its unstable options, if cargo started this program in its place.
pub(crate) fn in_place_of_rustdoc() -> Option<ExitCode> {
    let rustdoc = std::env::var_os(STAND_IN)?;
    let ended = Command::new(rustdoc).args(std::env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status();
    Some(if ended.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares the public API of each published crate with its text in `docs/api`, or writes the text.
pub(crate) fn run(write: bool) -> Result<()> {
    if !documents()? {
        println!("skipped: this toolchain's rustdoc writes no JSON");
        return Ok(());
    }
    let mut changed = Vec::new();
    for name in package::libraries()? {
        let json = run::target().join("doc").join(format!("{}.json", name.replace('-', "_")));
        let now = match public_api(json) {
            Ok(now) => now,
            Err(error) => {
                println!("skipped: this toolchain's rustdoc writes another JSON than `public-api` reads ({error})");
                return Ok(());
            }
        };
        let file = run::root().join("docs/api").join(format!("{name}.txt"));
        if write {
            fs::create_dir_all(run::root().join("docs/api"))?;
            fs::write(&file, &now)?;
            continue;
        }
        let before = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.lines().collect(), now.lines().collect());
        changed.extend(old.difference(&new).map(|line| format!("-{name}: {line}")));
        changed.extend(new.difference(&old).map(|line| format!("+{name}: {line}")));
    }
    if changed.is_empty() {
        return Ok(());
    }
    bail!(
        "the public API differs from docs/api:\n{}\nif that is intended, run `cargo xtask api --write`, and add it to CHANGELOG.md",
        changed.join("\n")
    )
}

/// Has rustdoc write JSON for the workspace, whose dependencies are built as for its documentation. False if it cannot.
fn documents() -> Result<bool> {
    let rustdoc = std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["doc", "--quiet", "--workspace", "--no-deps", "--lib", "--all-features"])
        .env("RUSTDOC", std::env::current_exe()?)
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cap-lints allow")
        .env(STAND_IN, rustdoc)
        .current_dir(run::root())
        .status()
        .context("cargo does not run")?;
    Ok(status.success())
}

fn public_api(json: PathBuf) -> Result<String, public_api::Error> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}
