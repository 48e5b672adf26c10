//! Crates become components: built for WebAssembly, then wrapped so that they import the contract and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wit_component::ComponentEncoder;

use crate::run::{cargo, root, target};
use crate::toolchain::{TARGET, ensure_target};

/// Builds every connector under `plugins/` into `target/connectors/<name>.wasm`.
pub(crate) fn connectors() -> Result<Vec<PathBuf>> {
    build(&crates(&root().join("plugins"))?, &target().join("connectors"))
}

/// Builds what tests load beside the connectors, from `tests/components/`, into `target/test-components/<name>.wasm`.
pub(crate) fn test_components() -> Result<Vec<PathBuf>> {
    build(&crates(&root().join("tests/components"))?, &target().join("test-components"))
}

/// The folders in `directory` that are crates for a component: those with a `cdylib`.
fn crates(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("{} cannot be read", directory.display()))? {
        let path = entry?.path();
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap_or_default();
        if manifest.contains("\"cdylib\"") {
            names.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
    }
    names.sort();
    Ok(names)
}

fn build(names: &[String], into: &Path) -> Result<Vec<PathBuf>> {
    ensure_target()?;
    let packages: Vec<String> = names.iter().map(|name| format!("--package=stockbridge-{name}")).collect();
    let mut arguments = vec!["build", "--profile=connector", "--target", TARGET];
    arguments.extend(packages.iter().map(String::as_str));
    cargo(&arguments)?;

    fs::create_dir_all(into)?;
    names.iter().map(|name| component(name, into)).collect()
}

fn component(name: &str, into: &Path) -> Result<PathBuf> {
    let module = built(&format!("stockbridge_{}.wasm", name.replace('-', "_")));
    written(name, into, &encoded(&module)?)
}

/// Where cargo leaves a module.
pub(crate) fn built(file: &str) -> PathBuf {
    target().join(TARGET).join("connector").join(file)
}

/// A module as a component.
pub(crate) fn encoded(module: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(module).with_context(|| format!("{} cannot be read", module.display()))?;
    ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(ComponentEncoder::encode)
        .with_context(|| format!("{} cannot be made a component", module.display()))
}

/// Writes a component under its name.
pub(crate) fn written(name: &str, into: &Path, component: &[u8]) -> Result<PathBuf> {
    // Under another name first: a host that reads the file meanwhile finds the old one or the new one, whole.
    let (path, draft) = (into.join(format!("{name}.wasm")), into.join(format!(".{name}.wasm.new")));
    fs::write(&draft, component)?;
    fs::rename(&draft, &path)?;
    Ok(path)
}
