//! The files of a configuration, each read once: its size, its form, and whether it is the one that is wanted, by digest and
//! signature. Nothing in here looks at the code.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;

use stockbridge_model::Digest;

#[cfg(feature = "signatures")]
use super::signature;
use crate::config::{AccountConfig, Config, TrustedKey};
use crate::connector::{Check, ReportBuilder, Sections, sections_of};
use crate::engine::{ComponentBytes, ConnectorSource};
use crate::error::{ComponentProblem, Error};
#[cfg(feature = "signatures")]
use crate::public_key::PublicKey;
#[cfg(feature = "signatures")]
use parking_lot::Mutex;

/// Those that were read.
#[derive(Default)]
pub(super) struct Files(HashMap<Source, Arc<File>>);

/// Where components come from, for telling them apart.
#[derive(PartialEq, Eq, Hash)]
enum Source {
    File(PathBuf),
    /// Where the bytes are in memory. They stay there for as long as the configuration is looked at.
    Bytes(usize),
}

impl Source {
    fn of(source: &ConnectorSource) -> Source {
        match source {
            ConnectorSource::File(path) => Source::File(path.clone()),
            ConnectorSource::Bytes(bytes) => Source::Bytes(bytes.as_ptr().addr()),
        }
    }
}

/// A file that was read, and has the form of a component.
pub(super) struct File {
    pub(super) bytes: ComponentBytes,
    pub(super) sections: Sections,
    #[cfg(feature = "signatures")]
    signed: Mutex<Vec<Signed>>,
}

/// That a file was found to be signed as was wanted.
#[cfg(feature = "signatures")]
struct Signed {
    by: Vec<TrustedKey>,
    given: Option<Arc<str>>,
    /// Who signed it.
    signer: PublicKey,
}

/// A file that is what was wanted.
pub(super) struct Right {
    pub(super) file: Arc<File>,
    /// Who signed it, of those whose signature was wanted.
    pub(super) signer: Option<String>,
}

/// What a configuration wants of a component.
#[derive(Default)]
pub(super) struct IntegrityPolicy {
    sha256: Option<Digest>,
    signed_by: Vec<TrustedKey>,
    #[cfg(feature = "signatures")]
    signature: Option<Arc<str>>,
    pub(super) vectors: bool,
}

impl IntegrityPolicy {
    pub(super) fn of(config: &Config, account: &AccountConfig) -> IntegrityPolicy {
        let own = &account.signed_by;
        IntegrityPolicy {
            sha256: account.sha256,
            signed_by: if own.is_empty() { config.signed_by.clone() } else { own.clone() },
            #[cfg(feature = "signatures")]
            signature: account.signature.clone(),
            vectors: config.require_vectors,
        }
    }
}

impl Files {
    /// That it is a component, and the one that is wanted.
    pub(super) async fn right(
        &mut self,
        source: &ConnectorSource,
        demands: &IntegrityPolicy,
        steps: &mut ReportBuilder,
    ) -> Result<Right, Error> {
        let file = self.read(source, steps).await?;
        let wrong = |problem: ComponentProblem| Error::component(file.bytes.place.clone(), problem);
        match demands.sha256 {
            None => steps.not_asked(Check::Sha256, "the configuration pins none"),
            Some(pinned) if pinned == file.bytes.digest => steps.ok(Check::Sha256, pinned.to_string()),
            Some(pinned) => return Err(wrong(ComponentProblem::Digest { found: file.bytes.digest, pinned })),
        }
        if demands.signed_by.is_empty() {
            steps.not_asked(Check::Signature, "the configuration names no keys");
            return Ok(Right { file, signer: None });
        }
        #[cfg(feature = "signatures")]
        {
            let signer = file.signed(source, demands).await?;
            steps.ok(Check::Signature, format!("by the key {}", signer.id()));
            Ok(Right { file, signer: Some(signer.to_string()) })
        }
        #[cfg(not(feature = "signatures"))]
        {
            let what = "has to be signed by a key of the configuration".to_owned();
            Err(wrong(ComponentProblem::Feature { what, feature: "signatures" }))
        }
    }

    /// Its size and its form: once for each file.
    async fn read(&mut self, source: &ConnectorSource, steps: &mut ReportBuilder) -> Result<Arc<File>, Error> {
        let file = match self.0.entry(Source::of(source)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => {
                let bytes = ComponentBytes::read(source).await?;
                // What has not the form of a component had a size and a digest all the same.
                steps.digest = Some(bytes.digest);
                let sections = sections_of(&bytes.bytes).map_err(|problem| {
                    steps.ok(Check::Size, sized(&bytes));
                    Error::component(bytes.place.clone(), problem)
                })?;
                let file = File {
                    bytes,
                    sections,
                    #[cfg(feature = "signatures")]
                    signed: Mutex::default(),
                };
                unknown.insert(Arc::new(file)).clone()
            }
        };
        steps.digest = Some(file.bytes.digest);
        steps.version = file.sections.version.clone();
        steps.ok(Check::Size, sized(&file.bytes));
        steps.ok(Check::Form, "a component");
        Ok(file)
    }
}

impl File {
    /// That it is signed as is wanted: looked at once for the same keys.
    #[cfg(feature = "signatures")]
    async fn signed(&self, source: &ConnectorSource, demands: &IntegrityPolicy) -> Result<PublicKey, Error> {
        let IntegrityPolicy { signed_by, signature, .. } = demands;
        let known = || self.signed.lock();
        if let Some(signed) = known().iter().find(|signed| signed.by == *signed_by && signed.given == *signature) {
            return Ok(signed.signer.clone());
        }
        let signer = signature::checked(&self.bytes, source, signature.clone(), signed_by.clone()).await?;
        known().push(Signed { by: signed_by.clone(), given: signature.clone(), signer: signer.clone() });
        Ok(signer)
    }
}

fn sized(bytes: &ComponentBytes) -> String {
    format!("{} bytes", bytes.bytes.len())
}
