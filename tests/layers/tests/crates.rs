//! The crates below the host can be had without wasmtime, whatever features they have.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

/// The crates below the host.
const BELOW: &[&str] = &["stockbridge-egress", "stockbridge-journal", "stockbridge-model"];

/// What an application takes with a crate, by name.
fn taken_with(package: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .args(["tree", "--locked", "--offline", "--all-features", "--edges", "normal,build"])
        .args(["--prefix", "none", "--package", package])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let names = String::from_utf8(tree.stdout).unwrap();
    names.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn no_crate_below_the_host_needs_wasmtime() {
    for package in BELOW {
        let names = taken_with(package);
        assert!(names.contains(&(*package).to_owned()), "{names:?}");
        let engine: Vec<_> = names.iter().filter(|name| name.contains("wasm") || name.contains("cranelift")).collect();
        assert!(engine.is_empty(), "{package}: {engine:?}");
    }
    // What finds nothing anywhere shows nothing.
    assert!(taken_with("stockbridge").contains(&"wasmtime".to_owned()));
}
