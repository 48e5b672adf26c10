//! Builds crates as components: compiled for WebAssembly, then wrapped so that they import the contract and nothing else. A
//! crate built for WASI is a component already.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_encoder::reencode::{self, Error, Reencode};
use wasm_encoder::{ComponentSection as _, CustomSection, ExportSection, Module};
use wasmparser::{Export, Parser};
use wit_component::ComponentEncoder;

use crate::run::{root, target};
use crate::toolchain::{Target, cargo_for};

/// A crate that becomes a component: its folder's name, and its target.
struct Crate {
    name: String,
    target: Target,
}

/// Builds every connector under `plugins/` into `target/connectors/<name>.wasm`.
pub(crate) fn connectors() -> Result<Vec<PathBuf>> {
    let plugins = root().join("plugins");
    build(&crates(&plugins)?, &target().join("connectors"), |name, component| {
        shipped(&plugins.join(name), component, env!("CARGO_PKG_VERSION"))
    })
}

/// Adds the custom sections that a component is shipped with: its signature vectors, from `vectors.json` in its folder, and
/// its version.
fn shipped(folder: &Path, mut component: Vec<u8>, version: &str) -> Result<Vec<u8>> {
    let vectors = folder.join("vectors.json");
    let vectors = fs::read(&vectors).with_context(|| format!("{} cannot be read", vectors.display()))?;
    for (name, data) in [("stockbridge:vectors", vectors.as_slice()), ("version", version.as_bytes())] {
        CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to_component(&mut component);
    }
    Ok(component)
}

/// A built connector with another version.
pub(crate) fn as_version(name: &str, version: &str) -> Result<Vec<u8>> {
    let module = built(Target::Bare, &format!("stockbridge_{}.wasm", name.replace('-', "_")));
    shipped(&root().join("plugins").join(name), encoded(&module)?, version)
}

/// Builds the components that only tests load, from `tests/components/`, into `target/test-components/<name>.wasm`.
pub(crate) fn test_components() -> Result<Vec<PathBuf>> {
    build(&crates(&root().join("tests/components"))?, &target().join("test-components"), |_, component| Ok(component))
}

/// The folders in `directory` with a crate for a component: those with a `cdylib`.
fn crates(directory: &Path) -> Result<Vec<Crate>> {
    let mut crates = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("{} cannot be read", directory.display()))? {
        let path = entry?.path();
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap_or_default();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if manifest.contains("\"cdylib\"") {
            let wasi = manifest.contains("target = \"wasm32-wasip2\"");
            crates.push(Crate { name: name.to_owned(), target: if wasi { Target::Wasi } else { Target::Bare } });
        }
    }
    crates.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(crates)
}

/// Builds crates and writes their components; `finished` completes each from its name and its bytes.
fn build(crates: &[Crate], into: &Path, finished: impl Fn(&str, Vec<u8>) -> Result<Vec<u8>>) -> Result<Vec<PathBuf>> {
    for target in [Target::Bare, Target::Wasi] {
        let of_target = crates.iter().filter(|one| one.target == target);
        let packages: Vec<String> = of_target.map(|one| format!("--package=stockbridge-{}", one.name)).collect();
        if packages.is_empty() {
            continue;
        }
        cargo_for(target, &packages.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    fs::create_dir_all(into)?;
    crates.iter().map(|one| written(&one.name, into, &finished(&one.name, component(one)?)?)).collect()
}

fn component(Crate { name, target }: &Crate) -> Result<Vec<u8>> {
    let module = built(*target, &format!("stockbridge_{}.wasm", name.replace('-', "_")));
    match target {
        Target::Bare => encoded(&module),
        // The compiler's output is a component already.
        Target::Wasi => fs::read(&module).with_context(|| format!("{} cannot be read", module.display())),
    }
}

/// Path of a module that cargo built.
pub(crate) fn built(built_for: Target, file: &str) -> PathBuf {
    target().join(built_for.name()).join("connector").join(file)
}

/// Wraps a module as a component.
pub(crate) fn encoded(module: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(module).with_context(|| format!("{} cannot be read", module.display()))?;
    let bytes = without_post_returns(&bytes)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(ComponentEncoder::encode)
        .with_context(|| format!("{} cannot be wrapped as a component", module.display()))
}

/// Removes the functions that a host would call after each result, for the guest to free it: an instance is dropped with
/// its call, so these calls would waste time.
fn without_post_returns(module: &[u8]) -> Result<Vec<u8>> {
    struct But;
    impl Reencode for But {
        type Error = Infallible;
        fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Result<(), Error> {
            if export.name.starts_with("cabi_post_") {
                return Ok(());
            }
            reencode::utils::parse_export(self, exports, export)
        }
    }
    let mut kept = Module::new();
    But.parse_core_module(&mut kept, Parser::new(0), module)?;
    Ok(kept.finish())
}

/// Writes a component under its name.
pub(crate) fn written(name: &str, into: &Path, component: &[u8]) -> Result<PathBuf> {
    // Written under another name first: a host that reads the file meanwhile finds either the old one or the new one,
    // whole.
    let (path, draft) = (into.join(format!("{name}.wasm")), into.join(format!(".{name}.wasm.new")));
    fs::write(&draft, component)?;
    fs::rename(&draft, &path)?;
    Ok(path)
}
