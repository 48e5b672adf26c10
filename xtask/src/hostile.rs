//! The hostile guests of `tests/hostile`, as components in `target/hostile/<name>.wasm`.
//!
//! Guests that Rust can express are programs in `guests/src/bin`. Those that only WebAssembly can express are texts in
//! `wat/`: a component, or the fields of a core module, which gets the rest of the contract from `frame.wat`. A text whose function
//! is named `$each` makes a guest for each export that it names, with that export's parameters.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

use crate::components::{built, encoded, written};
use crate::run::{root, target};
use crate::toolchain::{Target, cargo_for};

/// Builds all of them.
pub(crate) fn guests() -> Result<Vec<PathBuf>> {
    let into = target().join("hostile");
    fs::create_dir_all(&into)?;
    let mut guests = programs(&into)?;
    guests.extend(texts(&into)?);
    Ok(guests)
}

fn programs(into: &Path) -> Result<Vec<PathBuf>> {
    // Built as connectors are, so that common dependencies are built once, but without link-time optimisation, which would
    // take seconds each.
    let arguments = ["--config=profile.connector.lto=\"off\"", "--package=stockbridge-hostile-guests", "--bins"];
    cargo_for(Target::Bare, &arguments)?;
    let sources = named(&root().join("tests/hostile/guests/src/bin"), "rs")?;
    sources
        .iter()
        .map(|(name, _)| written(name, into, &encoded(&built(Target::Bare, &format!("{name}.wasm")))?))
        .collect()
}

fn texts(into: &Path) -> Result<Vec<PathBuf>> {
    let hostile = root().join("tests/hostile");
    let frame = fs::read_to_string(hostile.join("frame.wat")).context("tests/hostile/frame.wat cannot be read")?;
    let contract = Contract::read()?;
    let mut components = Vec::new();
    for (name, path) in named(&hostile.join("wat"), "wat")? {
        for (name, text) in guests_of(name, fs::read_to_string(&path)?, &frame)? {
            let component = contract.component(&text, &frame);
            let component =
                component.with_context(|| format!("{} cannot be wrapped as a component", path.display()))?;
            components.push(written(&name, into, &component)?);
        }
    }
    Ok(components)
}

/// The guests of a text, by their names: as a rule the one. `tests/build.rs` reads the same line.
fn guests_of(name: String, text: String, frame: &str) -> Result<Vec<(String, String)>> {
    let Some(exports) = text.lines().find_map(|line| line.strip_prefix(";; In each of: ")) else {
        return Ok(vec![(name, text)]);
    };
    let guest = |export: &str| {
        let line = frame.lines().find(|line| line.starts_with(&format!("(func ${export} ")));
        let head = line.and_then(|line| line.split_inclusive("(result i32)").next());
        let head = head.with_context(|| format!("the frame has no function for `{export}`"))?;
        Ok((format!("{name}-{export}"), text.replace("(func $each", head)))
    };
    exports.split(' ').map(guest).collect()
}

/// The files with this extension, by their names.
fn named(directory: &Path, extension: &str) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("{} cannot be read", directory.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension)
            && let Some(name) = path.file_stem().and_then(|name| name.to_str()).map(str::to_owned)
        {
            files.push((name, path));
        }
    }
    files.sort();
    Ok(files)
}

/// The contract for wrapping core modules as components.
struct Contract {
    resolve: Resolve,
    world: WorldId,
}

impl Contract {
    fn read() -> Result<Contract> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(root().join("wit"))?;
        let world = resolve.select_world(&[package], Some("connector"))?;
        Ok(Contract { resolve, world })
    }

    /// A whole component or module unchanged; anything else in the frame.
    fn component(&self, text: &str, frame: &str) -> Result<Vec<u8>> {
        let code: String = text.lines().filter(|line| !line.starts_with(";;")).collect();
        if code.starts_with("(component") || code.starts_with("(module") {
            return Ok(wat::parse_str(text)?);
        }
        let mut module = wat::parse_str(framed(text, frame))?;
        embed_component_metadata(&mut module, &self.resolve, self.world, StringEncoding::UTF8)
            .map_err(|error| anyhow!("{error:#}"))?;
        ComponentEncoder::default()
            .validate(false)
            .module(&module)
            .and_then(ComponentEncoder::encode)
            .map_err(|error| anyhow!("{error:#}"))
    }
}

/// A module of the guest's fields, and of the frame's blocks whose names the guest does not define.
fn framed(fields: &str, frame: &str) -> String {
    let missing = |block: &&str| {
        let code = block.lines().find(|line| line.starts_with('(')).unwrap_or_default();
        let head: Vec<&str> = code.split([' ', ')']).take(2).collect();
        !head.last().is_some_and(|name| name.starts_with('$')) || !fields.contains(&format!("{} ", head.join(" ")))
    };
    let rest: Vec<&str> = frame.split("\n\n").filter(missing).collect();
    format!("(module\n{fields}\n{}\n)", rest.join("\n"))
}
