//! A component becomes a connector: it is read, compiled, linked to the contract, and asked what it is. Which checks it has
//! to pass for that, and beside, is the gate's.

mod compile;
mod descriptor;
mod quiet;

use std::io::ErrorKind as IoErrorKind;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use wasmtime::component::InstancePre;

pub use self::compile::Compilations;
pub(crate) use self::compile::Compiler;

use crate::boxed::boxed;
use crate::cache;
use crate::call::{self, CallKind, CallState, Purpose};
use crate::config::ConnectorSource;
use crate::contract::{Exports, VERSION};
use crate::engine::Runtime;
use crate::error::{ComponentProblem, ConnectorFault, Error, ErrorKind};
use crate::gate::{Check, Interfaces, Sections, Steps};
use crate::grants::Grants;
use crate::model::{Descriptor, OperationSupport};
use crate::named_file;

/// The largest component that is taken, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

/// A component that serves as a connector, compiled. Accounts share it.
pub(crate) struct Connector {
    pub(crate) digest: Digest,
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) exports: Exports,
    pub(crate) descriptor: Arc<Descriptor>,
    /// The version for people, where the component says one.
    pub(crate) version: Option<String>,
    /// How many signature vectors it ships.
    pub(crate) vectors: usize,
    interfaces: Interfaces,
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

/// Sixty-four hexadecimal digits, as `sha256sum` writes them.
impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Digest, BadDigest> {
        let mut digest = [0; 32];
        let pairs = text.as_bytes().chunks(2);
        if text.len() != 2 * digest.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadDigest);
        }
        for (byte, pair) in digest.iter_mut().zip(pairs) {
            let digits = std::str::from_utf8(pair).map_err(|_| BadDigest)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| BadDigest)?;
        }
        Ok(Digest(digest))
    }
}

/// What is no SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no SHA-256; write its 64 hexadecimal digits, as `sha256sum` tells them")]
pub struct BadDigest;

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
    /// What this version calls itself, where it says so: a line for people.
    pub version: Option<String>,
    /// How many signature vectors it ships. It sends what they say.
    pub vectors: usize,
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
        let place = source.place();
        let bytes = match source {
            ConnectorSource::Bytes(bytes) => {
                let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                if size > LARGEST {
                    return Err(Error::component(place, ComponentProblem::TooLarge { size, limit: LARGEST }));
                }
                bytes.clone()
            }
            ConnectorSource::File(path) => {
                let path = path.clone();
                blocking(move || file(&path)).await??.into()
            }
        };
        let digest = Digest::of(&bytes);
        Ok(Bytes { place, bytes, digest })
    }
}

fn file(path: &Path) -> Result<Vec<u8>, Error> {
    match named_file::read(path, LARGEST, named_file::Kind::Regular) {
        Ok((mut bytes, _)) => Ok(std::mem::take(&mut *bytes)),
        Err(error) if error.kind() == IoErrorKind::FileTooLarge => {
            let size = std::fs::metadata(path).map_or(LARGEST + 1, |found| found.len());
            Err(Error::component(path.display().to_string(), ComponentProblem::TooLarge { size, limit: LARGEST }))
        }
        Err(error) => Err(Error::unreadable(path, error)),
    }
}

/// Compiling and reading files take long enough to keep others from the runtime's threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ErrorKind::Runtime(format!("a task of the host ended early ({error})")).into())
}

impl Connector {
    /// Compiles a component that has the form of one, holds it against the contract, and asks it what it is.
    pub(crate) async fn load(
        runtime: &Arc<Runtime>,
        source: &Bytes,
        sections: &Sections,
        steps: &mut Steps,
    ) -> Result<Connector, Error> {
        let wrong = |problem| Error::component(source.place.clone(), problem);
        let malformed = |error: wasmtime::Error| {
            wrong(ComponentProblem::Malformed(format!("it does not fit the contract ({error:#})")))
        };
        let component = runtime.compiler.component(source).await?;
        steps.ok(Check::Code, "valid, and compiled");
        let interfaces = Interfaces::of(&component, runtime);
        interfaces.version().map_err(wrong)?;
        steps.ok(Check::Contract, format!("stockbridge:connector@{VERSION}"));
        let linker = interfaces.linker(runtime).map_err(wrong)?;
        steps.ok(Check::Imports, interfaces.imports.join(", "));
        interfaces.exported().map_err(wrong)?;
        let pre = linker.instantiate_pre(&component).map_err(malformed)?;
        let mut connector = Connector {
            digest: source.digest,
            version: sections.version.clone(),
            vectors: sections.vectors(),
            exports: Exports::find(&component, &pre).map_err(malformed)?,
            pre,
            interfaces,
            size: source.bytes.len(),
            descriptor: Arc::default(),
        };
        steps.ok(Check::Exports, connector.interfaces.exports.join(", "));
        connector.descriptor = Arc::new(connector.described(runtime).await.map_err(wrong)?);
        steps.ok(Check::Describe, format!("{}: {}", connector.descriptor.provider, connector.descriptor.title));
        Ok(connector)
    }

    /// The same connector with places of its own for its instances, which go with it.
    ///
    /// A page of a place that an instance has written to is reset after every later call in that place. So what is only tried
    /// out does not slow down what serves.
    pub(crate) async fn apart(self: &Arc<Self>, runtime: &Arc<Runtime>) -> Arc<Connector> {
        let (connector, on) = (self.clone(), runtime.clone());
        match blocking(move || connector.copied(&on)).await {
            Ok(Ok(copy)) => Arc::new(copy),
            Ok(Err(error)) => self.not_apart(&format!("{error:#}")),
            Err(error) => self.not_apart(&error.to_string()),
        }
    }

    /// It is slower, and no less right.
    fn not_apart(self: &Arc<Self>, error: &str) -> Arc<Connector> {
        tracing::warn!(digest = %self.digest, error, "a connector is tried out where it serves");
        self.clone()
    }

    fn copied(&self, runtime: &Runtime) -> wasmtime::Result<Connector> {
        let component = cache::copied(self.digest, self.pre.component())?;
        let linker = self.interfaces.linker(runtime).map_err(wasmtime::Error::new)?;
        let pre = linker.instantiate_pre(&component)?;
        Ok(Connector {
            exports: Exports::find(&component, &pre)?,
            pre,
            descriptor: self.descriptor.clone(),
            version: self.version.clone(),
            interfaces: self.interfaces.clone(),
            ..*self
        })
    }

    pub(crate) fn inspection(&self) -> Inspection {
        Inspection {
            digest: self.digest,
            version: self.version.clone(),
            vectors: self.vectors,
            size: self.size,
            imports: self.interfaces.imports.clone(),
            exports: self.interfaces.exports.clone(),
            descriptor: (*self.descriptor).clone(),
        }
    }

    /// What it says of itself; and that its exported functions are the contract's, parameter by parameter, for on a call
    /// only the one that is used is checked.
    async fn described(&self, runtime: &Runtime) -> Result<Descriptor, ComponentProblem> {
        let purpose = Purpose { kind: CallKind::Read, operation: "describe" };
        let call = || {
            call::run(runtime, self, None, purpose, None, None, |connector, store, instance| {
                Box::pin(async move {
                    if let Err(error) = connector.exports.check(store, &instance) {
                        return Ok(Err(ComponentProblem::Malformed(format!(
                            "it does not fit the contract ({error:#})"
                        ))));
                    }
                    Ok(Ok(connector.exports.metadata(store, &instance)?.call_describe(store).await?))
                })
            })
        };
        let ended = boxed(call).await;
        let said = ended.answer.map_err(|fault| ComponentProblem::Describe(fault.to_string()))??;
        descriptor::checked(said).map_err(ComponentProblem::Describe)
    }

    /// What an account can do, with its settings.
    pub(crate) async fn operations(
        &self,
        runtime: &Runtime,
        grants: &Arc<Grants>,
    ) -> Result<Vec<OperationSupport>, Error> {
        let purpose = Purpose { kind: CallKind::Silent, operation: "operations" };
        let call = || {
            call::run(runtime, self, Some(grants.clone()), purpose, None, None, |connector, store, instance| {
                Box::pin(async move { connector.exports.metadata(store, &instance)?.call_operations(store).await })
            })
        };
        let ended = boxed(call).await;
        let supported =
            ended.answer.map_err(|fault| ErrorKind::Connector { account: grants.account.to_string(), fault })?;
        descriptor::operations(supported).map_err(|problem| {
            ErrorKind::Connector { account: grants.account.to_string(), fault: ConnectorFault::Violation(problem) }
                .into()
        })
    }
}
