//! A component becomes a connector: it is read, checked against the contract, compiled, and asked what it is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, InstancePre};

use crate::call::{self, CallKind, CallState};
use crate::config::ConnectorSource;
use crate::contract::{EXPORTS, Exports, IMPORTS, VERSION, metadata};
use crate::egress::{AddressKind, BadGrant, Grant};
use crate::engine::Runtime;
use crate::error::{ComponentProblem, Error, ErrorKind};
use crate::grants::Grants;
use crate::model::{Descriptor, OperationSupport, Repetition, SecretNeed, Setting};

/// The largest component that is taken, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

/// A component that serves as a connector, compiled. Accounts share it.
pub(crate) struct Connector {
    pub(crate) digest: Digest,
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) exports: Exports,
    pub(crate) descriptor: Descriptor,
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
            ConnectorSource::Bytes(bytes) => ("(in memory)".to_owned(), bytes.clone()),
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
        let (engine, bytes) = (runtime.engine.clone(), source.bytes.clone());
        let component = blocking(move || Component::from_binary(&engine, &bytes)).await?.map_err(malformed)?;
        contract(&component, runtime).map_err(wrong)?;
        let pre = runtime.linker.instantiate_pre(&component).map_err(malformed)?;
        let mut connector = Connector {
            digest: source.digest,
            exports: Exports::find(&component, &pre).map_err(malformed)?,
            pre,
            component,
            size: source.bytes.len(),
            descriptor: Descriptor::default(),
        };
        connector.type_check(runtime).await.map_err(|problem| wrong(ComponentProblem::Malformed(problem)))?;
        connector.descriptor =
            connector.describe(runtime).await.map_err(|problem| wrong(ComponentProblem::Describe(problem)))?;
        Ok(connector)
    }

    pub(crate) fn inspection(&self, runtime: &Runtime) -> Inspection {
        let ty = self.component.component_type();
        Inspection {
            digest: self.digest,
            size: self.size,
            imports: ty.imports(&runtime.engine).map(|(name, _)| name.to_owned()).collect(),
            exports: ty.exports(&runtime.engine).map(|(name, _)| name.to_owned()).collect(),
            descriptor: self.descriptor.clone(),
        }
    }

    /// That the exported functions are the contract's, parameter by parameter: on a call only the one used is checked.
    async fn type_check(&self, runtime: &Runtime) -> Result<(), String> {
        let ended = call::run(runtime, self, None, CallKind::Read, |connector, store, instance| {
            Box::pin(async move { connector.exports.check(store, &instance) })
        })
        .await;
        ended.answer.map_err(|fault| fault.to_string())
    }

    async fn describe(&self, runtime: &Runtime) -> Result<Descriptor, String> {
        let ended = call::run(runtime, self, None, CallKind::Read, |connector, store, instance| {
            Box::pin(async move { connector.exports.metadata(store, &instance)?.call_describe(store).await })
        })
        .await;
        checked(ended.answer.map_err(|fault| fault.to_string())?)
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
        Ok(supported.into_iter().take(MOST_OPERATIONS).map(operation).collect())
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

/// The most operations that an account may list, and the most settings and secrets that a connector may have.
const MOST_OPERATIONS: usize = 64;

/// Only the contract's interfaces are imported, both of its exports are there, and all are of a known version.
fn contract(component: &Component, runtime: &Runtime) -> Result<(), ComponentProblem> {
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
    let foreign: Vec<String> = imports.into_iter().filter(|name| !known(name, &IMPORTS)).collect();
    if !foreign.is_empty() {
        return Err(ComponentProblem::Imports(foreign));
    }
    let has = |interface: &str| exports.iter().any(|name| known(name, &[interface]));
    match EXPORTS.into_iter().find(|interface| !has(interface)) {
        Some(missing) => Err(ComponentProblem::Exports(format!("`{missing}@{VERSION}`"))),
        None => Ok(()),
    }
}

/// A descriptor that makes sense: names that can stand in a configuration, each once.
fn checked(descriptor: metadata::Descriptor) -> Result<Descriptor, String> {
    let name = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
            Ok(())
        } else {
            Err(format!("`{}` is no name", name.escape_debug().take(80).collect::<String>()))
        }
    };
    name(&descriptor.provider)?;
    let (settings, secrets) = (&descriptor.settings, &descriptor.secrets);
    if settings.len() > MOST_OPERATIONS || secrets.len() > MOST_OPERATIONS {
        return Err(format!("it has more than {MOST_OPERATIONS} settings or secrets"));
    }
    let names: Vec<&str> =
        settings.iter().map(|setting| &*setting.name).chain(secrets.iter().map(|secret| &*secret.name)).collect();
    for (index, one) in names.iter().enumerate() {
        name(one)?;
        if names.iter().skip(index + 1).any(|other| other == one) {
            return Err(format!("it declares `{one}` twice"));
        }
    }
    if let Some(unknown) =
        descriptor.application.iter().find(|name| !settings.iter().any(|setting| setting.name == **name))
    {
        return Err(format!("its application names `{unknown}`, which is none of its settings"));
    }
    // What stands at a private address is the operator's to say: here it is only a suggestion.
    let anywhere = |origin: &String| Grant::from(origin).addresses(AddressKind::ALL).parse();
    if let Some(Err(BadGrant { problem, .. })) = descriptor.origins.iter().map(anywhere).find(Result::is_err) {
        return Err(problem);
    }
    Ok(Descriptor {
        provider: descriptor.provider,
        title: descriptor.title,
        settings: descriptor.settings.into_iter().map(setting).collect(),
        secrets: descriptor.secrets.into_iter().map(secret).collect(),
        application: descriptor.application,
        origins: descriptor.origins,
        requests_per_minute: descriptor.requests_per_minute,
    })
}

fn setting(setting: metadata::Setting) -> Setting {
    Setting {
        name: setting.name,
        description: setting.description,
        required: setting.required,
        default: setting.default,
    }
}

fn secret(secret: metadata::SecretNeed) -> SecretNeed {
    SecretNeed {
        name: secret.name,
        description: secret.description,
        required: secret.required,
        sent: secret.sent,
        captured: secret.captured,
    }
}

fn operation(support: metadata::OperationSupport) -> OperationSupport {
    OperationSupport {
        operation: support.operation,
        repetition: match support.repetition {
            metadata::Repetition::Deduplicated(window) => Repetition::Deduplicated(Duration::from_millis(window)),
            metadata::Repetition::Traceable(window) => Repetition::Traceable(Duration::from_millis(window)),
            metadata::Repetition::Blind => Repetition::Blind,
        },
        methods: support.methods,
    }
}
