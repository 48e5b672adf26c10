//! Whether a compiled component is a connector of this host's contract: its version, its imports and its exports.

use wasmtime::component::{Component, Linker};

use crate::error::ComponentProblem;
use crate::sandbox::call::CallState;
use crate::sandbox::contract::{EXPORTS, IMPORTS, VERSION};
use crate::sandbox::{Sandbox, wasi};

/// What a component imports and exports, by name.
#[derive(Clone)]
pub(crate) struct Interfaces {
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

impl Interfaces {
    pub(crate) fn of(component: &Component, sandbox: &Sandbox) -> Interfaces {
        let ty = component.component_type();
        Interfaces {
            imports: ty.imports(&sandbox.engine.wasmtime).map(|(name, _)| name.to_owned()).collect(),
            exports: ty.exports(&sandbox.engine.wasmtime).map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// All of the contract that it has is of a version that this host knows.
    pub(crate) fn version(&self) -> Result<(), ComponentProblem> {
        let of_contract = |name: &&String| name.starts_with("stockbridge:connector/");
        let other_version = |name: &&String| name.split_once('@').is_none_or(|(_, version)| version != VERSION);
        match self.imports.iter().chain(&self.exports).filter(of_contract).find(other_version) {
            Some(found) => Err(ComponentProblem::ContractVersion { found: found.clone(), known: VERSION }),
            None => Ok(()),
        }
    }

    /// Only what there is to import is imported. What to link it with: WASI only where it is asked for.
    pub(crate) fn linker<'a>(&self, sandbox: &'a Sandbox) -> Result<&'a Linker<CallState>, ComponentProblem> {
        let (of_wasi, others): (Vec<&String>, Vec<&String>) = self.imports.iter().partition(|name| wasi::offers(name));
        let foreign: Vec<String> = others.into_iter().filter(|name| !known(name, &IMPORTS)).cloned().collect();
        if !foreign.is_empty() {
            return Err(ComponentProblem::Imports(foreign));
        }
        match of_wasi.first() {
            None => Ok(&sandbox.linker),
            #[cfg(feature = "wasi")]
            Some(_) => Ok(&sandbox.linker_with_wasi),
            #[cfg(not(feature = "wasi"))]
            Some(first) => Err(ComponentProblem::Feature { what: format!("imports `{first}`"), feature: "wasi" }),
        }
    }

    /// Both of the contract's exports are there.
    pub(crate) fn exported(&self) -> Result<(), ComponentProblem> {
        let has = |interface: &str| self.exports.iter().any(|name| known(name, &[interface]));
        match EXPORTS.into_iter().find(|interface| !has(interface)) {
            Some(missing) => Err(ComponentProblem::Exports(format!("`{missing}@{VERSION}`"))),
            None => Ok(()),
        }
    }
}

fn known(name: &str, interfaces: &[&str]) -> bool {
    name.split_once('@').is_some_and(|(interface, version)| version == VERSION && interfaces.contains(&interface))
}
