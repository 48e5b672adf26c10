//! Interfaces of a compiled component, checked against this host's contract: its version, imports and exports.

use wasmtime::component::{Component, Linker};

use crate::error::ComponentProblem;
use crate::sandbox::call::CallState;
use crate::sandbox::contract::{EXPORTS, IMPORTS, VERSION};
use crate::sandbox::{Sandbox, wasi};

/// Names of a component's imports and exports.
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

    /// Checks that all interfaces of the contract have the version of this host.
    pub(crate) fn version(&self) -> Result<(), ComponentProblem> {
        let of_contract = |name: &&String| name.starts_with("stockbridge:connector/");
        let other_version = |name: &&String| name.split_once('@').is_none_or(|(_, version)| version != VERSION);
        match self.imports.iter().chain(&self.exports).filter(of_contract).find(other_version) {
            Some(found) => Err(ComponentProblem::ContractVersion { found: found.clone(), known: VERSION }),
            None => Ok(()),
        }
    }

    /// Checks that all imports are available, and returns the linker: with WASI only if the component imports any of it.
    pub(crate) fn linker<'a>(&self, sandbox: &'a Sandbox) -> Result<&'a Linker<CallState>, ComponentProblem> {
        let (of_wasi, others): (Vec<&String>, Vec<&String>) = self.imports.iter().partition(|name| wasi::offers(name));
        let foreign: Vec<String> = others.into_iter().filter(|name| !is_one_of(name, &IMPORTS)).cloned().collect();
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

    /// Checks that both of the contract's interfaces are exported.
    pub(crate) fn exported(&self) -> Result<(), ComponentProblem> {
        let has = |interface: &str| self.exports.iter().any(|name| is_one_of(name, &[interface]));
        match EXPORTS.into_iter().find(|interface| !has(interface)) {
            Some(missing) => Err(ComponentProblem::Exports(format!("`{missing}@{VERSION}`"))),
            None => Ok(()),
        }
    }
}

/// Whether a name is one of these interfaces, in this host's version.
fn is_one_of(name: &str, interfaces: &[&str]) -> bool {
    name.split_once('@').is_some_and(|(interface, version)| version == VERSION && interfaces.contains(&interface))
}
