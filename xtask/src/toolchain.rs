//! The targets that components are built for.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What a component is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// What connectors are built for: nothing is there but what they import.
    Bare,
    /// What components of other origins may be built for.
    Wasi,
}

impl Target {
    /// As the compiler knows it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Target::Bare => "wasm32-unknown-unknown",
            Target::Wasi => "wasm32-wasip2",
        }
    }

    /// Adds the target where it is missing.
    pub(crate) fn ensure(self) -> Result<()> {
        if self.installed()? {
            return Ok(());
        }
        let name = self.name();
        eprintln!("adding the target {name}");
        let added = Command::new("rustup").args(["target", "add", name]).status();
        if added.is_ok_and(|status| status.success()) && self.installed()? {
            return Ok(());
        }
        bail!(
            "Rust's standard library for {name} is missing and could not be added: run `rustup target add {name}` with a network, \
             or install the package of your distribution that has it (Debian: libstd-rust-dev-wasm32)"
        );
    }

    fn installed(self) -> Result<bool> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).args(["--print", "sysroot"]).output().context("rustc does not run")?;
        let sysroot = String::from_utf8(output.stdout).context("rustc's sysroot is no text")?;
        Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(self.name()).join("lib").is_dir())
    }
}
