//! Connectors from components: a component is compiled, linked to the contract, and asked to describe itself. The gate decides
//! which further checks it has to pass.

mod account_fit;
mod descriptor;
mod form;
mod instance_count;
mod interfaces;
mod report;
pub(crate) mod vectors;

use std::sync::Arc;

pub(crate) use account_fit::{ResolvedAccount, fit, warn_of_weak_secrets};
pub(crate) use form::{Sections, VERSION_SECTION, sections_of};
pub(crate) use interfaces::Interfaces;
pub(crate) use report::ReportBuilder;
pub use report::{Check, Step, Verdict};

use serde::Serialize;
use stockbridge_model::{Descriptor, Digest, OperationSupport};

use crate::blocking::blocking;
use crate::box_future::boxed;
use crate::diagnostics;
use crate::engine::ComponentBytes;
use crate::engine::cache;
use crate::error::{ComponentProblem, ConnectorFault, Error, ErrorKind};
use crate::sandbox::call::{self, LinkedComponent, Purpose};
use crate::sandbox::contract::{Exports, VERSION};
use crate::sandbox::{Grants, Sandbox};

/// A component that serves as a connector, compiled. Accounts share it.
pub(crate) struct Connector {
    pub(crate) digest: Digest,
    pub(crate) component: LinkedComponent,
    pub(crate) descriptor: Arc<Descriptor>,
    /// The human-readable version, if the component has one.
    pub(crate) version: Option<String>,
    /// Number of signature vectors that it ships.
    pub(crate) vectors: usize,
    interfaces: Interfaces,
    size: usize,
}

/// Inspection of a component: its identity, its interfaces and its descriptor.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// Its digest, which identifies the version.
    #[serde(rename = "sha256")]
    pub digest: Digest,
    /// Its human-readable version on one line, if it has one.
    pub version: Option<String>,
    /// Number of signature vectors that it ships and passes.
    pub vectors: usize,
    /// Its size in bytes.
    pub size: usize,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The interfaces that it exports.
    pub exports: Vec<String>,
    /// Its descriptor, whose fields are serialised beside those above.
    #[serde(flatten)]
    pub descriptor: Descriptor,
}

impl Connector {
    /// Compiles a component whose form was checked, checks it against the contract, and asks it to describe itself.
    pub(crate) async fn load(
        sandbox: &Arc<Sandbox>,
        source: &ComponentBytes,
        sections: &Sections,
        steps: &mut ReportBuilder,
    ) -> Result<Connector, Error> {
        let wrong = |problem| Error::component(source.place.clone(), problem);
        let malformed = |error: wasmtime::Error| {
            wrong(ComponentProblem::Malformed(format!("it does not fit the contract ({error:#})")))
        };
        let component = sandbox.engine.compiler.component(source).await?;
        steps.ok(Check::Code, "valid, and compiled");
        let interfaces = Interfaces::of(&component, sandbox);
        interfaces.version().map_err(wrong)?;
        steps.ok(Check::Contract, format!("stockbridge:connector@{VERSION}"));
        let linker = interfaces.linker(sandbox).map_err(wrong)?;
        steps.ok(Check::Imports, interfaces.imports.join(", "));
        interfaces.exported().map_err(wrong)?;
        let pre = linker.instantiate_pre(&component).map_err(malformed)?;
        let mut connector = Connector {
            digest: source.digest,
            version: sections.version.clone(),
            vectors: sections.vectors(),
            component: LinkedComponent { exports: Exports::find(&component, &pre).map_err(malformed)?, pre },
            interfaces,
            size: source.bytes.len(),
            descriptor: Arc::default(),
        };
        steps.ok(Check::Exports, connector.interfaces.exports.join(", "));
        connector.descriptor = Arc::new(connector.describe(sandbox).await.map_err(wrong)?);
        steps.ok(Check::Describe, format!("{}: {}", connector.descriptor.provider, connector.descriptor.title));
        Ok(connector)
    }

    /// A copy of the connector with pool slots of its own for its instances, freed with the copy.
    ///
    /// A page of a slot that an instance has written to is reset after every later call in that slot. With a copy, a trial does
    /// not slow down the serving connector.
    pub(crate) async fn apart(self: &Arc<Self>, sandbox: &Arc<Sandbox>) -> Arc<Connector> {
        let (connector, on) = (self.clone(), sandbox.clone());
        match blocking(move || connector.copy(&on)).await {
            Ok(Ok(copy)) => Arc::new(copy),
            Ok(Err(error)) => self.fall_back(&format!("{error:#}")),
            Err(error) => self.fall_back(&error.to_string()),
        }
    }

    /// Falls back to the connector itself: slower, but correct.
    fn fall_back(self: &Arc<Self>, error: &str) -> Arc<Connector> {
        tracing::warn!(target: diagnostics::ROLLOUT, digest = %self.digest, error, "a trial of a connector runs in the instance slots of the serving one");
        self.clone()
    }

    fn copy(&self, sandbox: &Sandbox) -> wasmtime::Result<Connector> {
        let component = cache::copied(self.digest, self.component.pre.component())?;
        let linker = self.interfaces.linker(sandbox).map_err(wasmtime::Error::new)?;
        let pre = linker.instantiate_pre(&component)?;
        Ok(Connector {
            component: LinkedComponent { exports: Exports::find(&component, &pre)?, pre },
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

    /// The connector's descriptor. Also checks that all exported functions have the contract's parameter types, because a call
    /// checks only the function that it uses.
    async fn describe(&self, sandbox: &Sandbox) -> Result<Descriptor, ComponentProblem> {
        let call = || {
            call::run(sandbox, &self.component, Purpose::Describe, |exports, store, instance| {
                Box::pin(async move {
                    if let Err(error) = exports.check(store, &instance) {
                        return Ok(Err(ComponentProblem::Malformed(format!(
                            "it does not fit the contract ({error:#})"
                        ))));
                    }
                    Ok(Ok(exports.metadata(store, &instance)?.call_describe(store).await?))
                })
            })
        };
        let report = boxed(call).await;
        let descriptor = report.answer.map_err(|fault| ComponentProblem::Describe(fault.to_string()))??;
        descriptor::convert(descriptor).map_err(ComponentProblem::Describe)
    }

    /// The operations that an account supports with its settings.
    pub(crate) async fn operations(
        &self,
        sandbox: &Sandbox,
        grants: &Arc<Grants>,
    ) -> Result<Vec<OperationSupport>, Error> {
        let call = || {
            call::run(sandbox, &self.component, Purpose::Operations(grants.clone()), |exports, store, instance| {
                Box::pin(async move { exports.metadata(store, &instance)?.call_operations(store).await })
            })
        };
        let report = boxed(call).await;
        let supported =
            report.answer.map_err(|fault| ErrorKind::Connector { account: grants.account.to_string(), fault })?;
        descriptor::operations(supported).map_err(|problem| {
            ErrorKind::Connector { account: grants.account.to_string(), fault: ConnectorFault::Violation(problem) }
                .into()
        })
    }
}
