//! Publishable crates: each is built from its package, and with each of its features alone.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::run;

/// A publishable crate: publishing it is a person's decision.
struct Published {
    name: String,
    features: Vec<String>,
    has_library: bool,
}

/// Names of the publishable crates that have a library.
pub(crate) fn libraries() -> Result<Vec<String>> {
    Ok(published()?.into_iter().filter(|one| one.has_library).map(|one| one.name).collect())
}

/// Packs each crate, and builds it from its package as an application would get it.
pub(crate) fn package() -> Result<()> {
    let published = published()?;
    let mut arguments = vec!["package", "--locked", "--allow-dirty"];
    for one in &published {
        arguments.extend(["--package", &one.name]);
    }
    // The build results are discarded.
    run::cargo_with(&arguments, &[("CARGO_PROFILE_DEV_DEBUG", "0")])
}

/// Checks each with no feature, and with each of its features alone, including its documentation; also that a use of a
/// disabled feature is refused with its name.
pub(crate) fn features() -> Result<()> {
    for Published { name, features, .. } in published()? {
        let alone = features.iter().map(String::as_str).filter(|feature| *feature != "default");
        for feature in [""].into_iter().chain(alone) {
            let chosen = ["--package", &name, "--no-default-features", "--features", feature];
            println!("{name}, {}", if feature.is_empty() { "no feature" } else { feature });
            run::cargo(&[&["clippy", "--quiet"], &chosen[..], &["--", "-D", "warnings"]].concat())?;
            run::cargo_with(
                &[&["doc", "--quiet", "--no-deps"], &chosen[..]].concat(),
                &[("RUSTDOCFLAGS", "-D warnings")],
            )?;
        }
    }
    println!("stockbridge, uses of a disabled feature");
    // Small tests, which need no optimised dependencies.
    let quickly = ["--config", "profile.dev.package.\"*\".opt-level=0"];
    let tested = |package, features, tests: &[&str]| {
        let chosen = ["--package", package, "--no-default-features", "--features", features];
        run::cargo(&[&["test"], &quickly[..], &chosen[..], tests].concat())
    };
    // A configuration file has more to refuse.
    for features in ["", "config-file"] {
        tested("stockbridge", features, &["--test", "without_features"])?;
    }
    tested("stockbridge-journal", "", &["--lib"])
}

/// In cargo's order, by name.
fn published() -> Result<Vec<Published>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--locked", "--no-deps", "--format-version", "1"])
        .current_dir(run::root())
        .output()
        .context("cargo does not run")?;
    ensure!(metadata.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("cargo lists no packages")?;
    let published = packages.iter().filter(|package| package.get("publish").is_some_and(Value::is_null));
    let published: Option<Vec<Published>> = published
        .map(|package| {
            let name = package.get("name")?.as_str()?.to_owned();
            let features = package.get("features")?.as_object()?.keys().cloned().collect();
            let has_library = package.get("targets")?.as_array()?.iter().any(|target| {
                let kinds = target.get("kind").and_then(Value::as_array);
                kinds.into_iter().flatten().any(|kind| kind == "lib" || kind == "rlib")
            });
            Some(Published { name, features, has_library })
        })
        .collect();
    published.filter(|all| !all.is_empty()).context("cargo lists no publishable package")
}
