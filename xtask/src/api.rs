//! The public API of the published crates, as text: what a change adds or removes shows in its diff.
//!
//! rustdoc's JSON is unstable, and stable toolchains write it only with `RUSTC_BOOTSTRAP`. Only rustdoc itself gets that: with
//! `RUSTC_BOOTSTRAP` in cargo's environment, every build script that looks at it would run again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{package, run};

/// Format of rustdoc's JSON that the crate `public-api` reads: that of Rust 1.95.
const FORMAT: u64 = 57;

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
    document()?;
    let mut changed = Vec::new();
    for name in package::libraries()? {
        let json = run::target().join("doc").join(format!("{}.json", name.replace('-', "_")));
        let format = format(&json)?;
        if format != FORMAT {
            println!(
                "skipped: this toolchain's rustdoc writes JSON of format {format}, and `public-api` reads {FORMAT}"
            );
            return Ok(());
        }
        let now = public_api(&json).with_context(|| format!("{} cannot be read", json.display()))?;
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

/// Has rustdoc write JSON for the workspace, whose dependencies are built as for its documentation.
fn document() -> Result<()> {
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
    ensure!(status.success(), "rustdoc writes no JSON of the workspace");
    Ok(())
}

/// Version of the format of rustdoc's JSON.
fn format(json: &Path) -> Result<u64> {
    let document: Value = serde_json::from_reader(BufReader::new(File::open(json)?))?;
    document.get("format_version").and_then(Value::as_u64).context("rustdoc's JSON has no version")
}

fn public_api(json: &Path) -> Result<String, public_api::Error> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}
