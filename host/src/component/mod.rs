//! A component becomes a connector: it is read, checked against the contract, compiled, and asked what it is.

mod census;
mod compile;
mod descriptor;

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

pub use self::compile::Compilations;
pub(crate) use self::compile::Compiler;

use crate::call::{self, CallKind, CallState};
use crate::config::ConnectorSource;
use crate::contract::{EXPORTS, Exports, IMPORTS, VERSION};
use crate::engine::Runtime;
use crate::error::{ComponentProblem, ConnectorFault, Error, ErrorKind};
use crate::grants::{Grants, wasi};
use crate::model::{Descriptor, OperationSupport};

/// The largest component that is taken, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

/// A component that serves as a connector, compiled. Accounts share it.
pub(crate) struct Connector {
    pub(crate) digest: Digest,
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) exports: Exports,
    pub(crate) descriptor: Arc<Descriptor>,
    component: Component,
    size: usize,
}

/// The SHA-256 of a component's bytes: which version of a connector it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The digest's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

/// What a component is, what it imports and what it asks for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// Which version it is.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: usize,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The interfaces that it exports.
    pub exports: Vec<String>,
    /// What it says about itself.
    pub descriptor: Descriptor,
}

/// A component's bytes, and what to call it in an error.
pub(crate) struct Bytes {
    pub(crate) place: String,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) digest: Digest,
}

impl Bytes {
    pub(crate) async fn read(source: &ConnectorSource) -> Result<Bytes, Error> {
        let (place, bytes) = match source {
            ConnectorSource::Bytes(bytes) => {
                let (place, size) = ("(in memory)".to_owned(), u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                if size > LARGEST {
                    return Err(Error::component(place, ComponentProblem::TooLarge { size, limit: LARGEST }));
                }
                (place, bytes.clone())
            }
            ConnectorSource::File(path) => {
                let path = path.clone();
                let place = path.display().to_string();
                (place, blocking(move || file(&path)).await??.into())
            }
        };
        let digest = Digest::of(&bytes);
        Ok(Bytes { place, bytes, digest })
    }
}

fn file(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable = |error| Error::unreadable(path, error);
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LARGEST {
        return Err(Error::component(path.display().to_string(), ComponentProblem::TooLarge { size, limit: LARGEST }));
    }
    std::fs::read(path).map_err(unreadable)
}

/// Compiling and reading files take long enough to keep others from the runtime's threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ErrorKind::Runtime(format!("a task of the host ended early: {error}")).into())
}

impl Connector {
    /// Checks and compiles a component, and asks it what it is.
    pub(crate) async fn load(runtime: &Arc<Runtime>, source: &Bytes) -> Result<Connector, Error> {
        let wrong = |problem| Error::component(source.place.clone(), problem);
        let malformed = |error: wasmtime::Error| wrong(ComponentProblem::Malformed(format!("{error:#}")));
        binary(&source.bytes).map_err(wrong)?;
        if let Some(instances) = census::instances(&source.bytes).filter(|instances| *instances > census::MOST) {
            return Err(wrong(ComponentProblem::Instances { instances, limit: census::MOST }));
        }
        let component = runtime.compiler.component(source).await?;
        let linker = contract(&component, runtime).map_err(wrong)?;
        let pre = linker.instantiate_pre(&component).map_err(malformed)?;
        let mut connector = Connector {
            digest: source.digest,
            exports: Exports::find(&component, &pre).map_err(malformed)?,
            pre,
            component,
            size: source.bytes.len(),
            descriptor: Arc::default(),
        };
        connector.descriptor = Arc::new(connector.described(runtime).await.map_err(wrong)?);
        Ok(connector)
    }

    pub(crate) fn inspection(&self, runtime: &Runtime) -> Inspection {
        let ty = self.component.component_type();
        Inspection {
            digest: self.digest,
            size: self.size,
            imports: ty.imports(&runtime.engine).map(|(name, _)| name.to_owned()).collect(),
            exports: ty.exports(&runtime.engine).map(|(name, _)| name.to_owned()).collect(),
            descriptor: (*self.descriptor).clone(),
        }
    }

    /// What it says of itself; and that its exported functions are the contract's, parameter by parameter, for on a call
    /// only the one that is used is checked.
    async fn described(&self, runtime: &Runtime) -> Result<Descriptor, ComponentProblem> {
        let ended = call::run(runtime, self, None, CallKind::Read, |connector, store, instance| {
            Box::pin(async move {
                if let Err(error) = connector.exports.check(store, &instance) {
                    return Ok(Err(ComponentProblem::Malformed(format!("{error:#}"))));
                }
                Ok(Ok(connector.exports.metadata(store, &instance)?.call_describe(store).await?))
            })
        })
        .await;
        let said = ended.answer.map_err(|fault| ComponentProblem::Describe(fault.to_string()))??;
        descriptor::checked(said).map_err(ComponentProblem::Describe)
    }

    /// What an account can do, with its settings.
    pub(crate) async fn operations(
        &self,
        runtime: &Runtime,
        grants: &Arc<Grants>,
    ) -> Result<Vec<OperationSupport>, Error> {
        let ended = call::run(runtime, self, Some(grants.clone()), CallKind::Read, |connector, store, instance| {
            Box::pin(async move { connector.exports.metadata(store, &instance)?.call_operations(store).await })
        })
        .await;
        let supported =
            ended.answer.map_err(|fault| ErrorKind::Connector { account: grants.account.clone(), fault })?;
        descriptor::operations(supported).map_err(|problem| {
            ErrorKind::Connector { account: grants.account.clone(), fault: ConnectorFault::Violation(problem) }.into()
        })
    }

    /// Whether the provider accepts an account.
    pub(crate) async fn check(
        &self,
        runtime: &Runtime,
        grants: &Arc<Grants>,
    ) -> call::Ended<Result<(), crate::contract::types::Error>> {
        call::run(runtime, self, Some(grants.clone()), CallKind::Read, |connector, store, instance| {
            Box::pin(async move { connector.exports.metadata(store, &instance)?.call_check(store).await })
        })
        .await
    }
}

/// That these are the bytes of a component, as far as their beginning says what they are: what somebody built for
/// something else is told so. Whether they are a valid one is seen when they are compiled.
fn binary(bytes: &[u8]) -> Result<(), ComponentProblem> {
    if Engine::detect_precompiled(bytes).is_some() {
        return Err(ComponentProblem::Precompiled);
    }
    if bytes.starts_with(b"\0asm\x01\0\0\0") {
        return Err(ComponentProblem::Malformed("it is a core module".to_owned()));
    }
    if bytes.trim_ascii_start().starts_with(b"(") {
        return Err(ComponentProblem::Malformed("it is WebAssembly text".to_owned()));
    }
    Ok(())
}

/// Only what there is to import is imported, both of the contract's exports are there, and all are of a known version.
/// What to link it with: WASI only where it is asked for.
fn contract<'a>(component: &Component, runtime: &'a Runtime) -> Result<&'a Linker<CallState>, ComponentProblem> {
    let ty = component.component_type();
    let imports: Vec<String> = ty.imports(&runtime.engine).map(|(name, _)| name.to_owned()).collect();
    let exports: Vec<String> = ty.exports(&runtime.engine).map(|(name, _)| name.to_owned()).collect();
    let of_contract = |name: &&String| name.starts_with("stockbridge:connector/");
    let known = |name: &str, interfaces: &[&str]| {
        name.split_once('@').is_some_and(|(interface, version)| version == VERSION && interfaces.contains(&interface))
    };
    let other_version = |name: &&String| name.split_once('@').is_none_or(|(_, version)| version != VERSION);
    if let Some(found) = imports.iter().chain(&exports).filter(of_contract).find(other_version) {
        return Err(ComponentProblem::ContractVersion { found: found.clone(), known: VERSION });
    }
    let (of_wasi, others): (Vec<String>, Vec<String>) = imports.into_iter().partition(|name| wasi::offers(name));
    let foreign: Vec<String> = others.into_iter().filter(|name| !known(name, &IMPORTS)).collect();
    if !foreign.is_empty() {
        return Err(ComponentProblem::Imports(foreign));
    }
    let has = |interface: &str| exports.iter().any(|name| known(name, &[interface]));
    match EXPORTS.into_iter().find(|interface| !has(interface)) {
        Some(missing) => Err(ComponentProblem::Exports(format!("`{missing}@{VERSION}`"))),
        None if of_wasi.is_empty() => Ok(&runtime.linker),
        None => Ok(&runtime.linker_with_wasi),
    }
}
