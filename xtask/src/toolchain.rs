//! The target that connectors are built for.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What connectors are built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Adds the target where it is missing.
pub(crate) fn ensure_target() -> Result<()> {
    if installed()? {
        return Ok(());
    }
    eprintln!("adding the target {TARGET}");
    let added = Command::new("rustup").args(["target", "add", TARGET]).status();
    if added.is_ok_and(|status| status.success()) && installed()? {
        return Ok(());
    }
    bail!(
        "Rust's standard library for {TARGET} is missing and could not be added: run `rustup target add {TARGET}` with a network, \
         or install the package of your distribution that has it (Debian: libstd-rust-dev-wasm32)"
    );
}

fn installed() -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().context("rustc does not run")?;
    let sysroot = String::from_utf8(output.stdout).context("rustc's sysroot is no text")?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir())
}
