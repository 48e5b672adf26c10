//! Targets of components, and their reproducible build: the same bytes on every machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{cargo_with, root};

/// Compilation target of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// For connectors: bare WebAssembly, with only their imports.
    Bare,
    /// For components of other origins.
    Wasi,
}

impl Target {
    /// The compiler's name for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Target::Bare => "wasm32-unknown-unknown",
            Target::Wasi => "wasm32-wasip2",
        }
    }

    /// Installs the target if it is missing.
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
        let sysroot = String::from_utf8(output.stdout).context("rustc's sysroot is not UTF-8")?;
        Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(self.name()).join("lib").is_dir())
    }
}

/// Builds packages for a target, with the settings of connectors.
pub(crate) fn cargo_for(target: Target, arguments: &[&str]) -> Result<()> {
    target.ensure()?;
    let flags = format!("CARGO_TARGET_{}_RUSTFLAGS", target.name().to_uppercase().replace('-', "_"));
    let build = ["build", "--profile=connector", "--target", target.name()];
    cargo_with(&[&build, arguments].concat(), &[(&flags, &remapped_paths()?)])
}

/// Compiler flags that keep this machine's directories out of a component: panic messages contain source paths.
fn remapped_paths() -> Result<String> {
    let mut flags = vec![format!("--remap-path-prefix={}=.", root().display())];
    // One directory for each registry, named after its host.
    let registries = cargo_home()?.join("registry/src");
    for registry in fs::read_dir(&registries).into_iter().flatten() {
        flags.push(format!("--remap-path-prefix={}=crates", registry?.path().display()));
    }
    Ok(flags.join(" "))
}

fn cargo_home() -> Result<PathBuf> {
    let default = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(default).context("there is no home directory")
}
