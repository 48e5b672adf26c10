//! Component files of a configuration, each read once: its size, its form, its digest and its signature. The code is not read
//! here.

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

/// The files read so far.
#[derive(Default)]
pub(super) struct Files(HashMap<Source, Arc<File>>);

/// Identity of a component's source.
#[derive(PartialEq, Eq, Hash)]
enum Source {
    File(PathBuf),
    /// Address of the bytes in memory. They stay there while the configuration is checked.
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

/// A file that was read and has the form of a component.
pub(super) struct File {
    pub(super) bytes: ComponentBytes,
    pub(super) sections: Sections,
    #[cfg(feature = "signatures")]
    signed: Mutex<Vec<Signed>>,
}

/// A verified signature of a file, and the keys that it was verified against.
#[cfg(feature = "signatures")]
struct Signed {
    by: Vec<TrustedKey>,
    given: Option<Arc<str>>,
    /// The key that signed it.
    signer: PublicKey,
}

/// A file that satisfies its integrity policy.
pub(super) struct VerifiedFile {
    pub(super) file: Arc<File>,
    /// The key that signed it, if the policy requires a signature.
    pub(super) signer: Option<String>,
}

/// A configuration's requirements on a component.
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
    /// Reads a source, and checks that it is a component that satisfies the policy.
    pub(super) async fn verified(
        &mut self,
        source: &ConnectorSource,
        policy: &IntegrityPolicy,
        steps: &mut ReportBuilder,
    ) -> Result<VerifiedFile, Error> {
        let file = self.read(source, steps).await?;
        let wrong = |problem: ComponentProblem| Error::component(file.bytes.place.clone(), problem);
        match policy.sha256 {
            None => steps.not_asked(Check::Sha256, "the configuration pins none"),
            Some(pinned) if pinned == file.bytes.digest => steps.ok(Check::Sha256, pinned.to_string()),
            Some(pinned) => return Err(wrong(ComponentProblem::Digest { found: file.bytes.digest, pinned })),
        }
        if policy.signed_by.is_empty() {
            steps.not_asked(Check::Signature, "the configuration names no keys");
            return Ok(VerifiedFile { file, signer: None });
        }
        #[cfg(feature = "signatures")]
        {
            let signer = file.verify_signature(source, policy).await?;
            steps.ok(Check::Signature, format!("by the key {}", signer.id()));
            Ok(VerifiedFile { file, signer: Some(signer.to_string()) })
        }
        #[cfg(not(feature = "signatures"))]
        {
            let what = "has to be signed by a key of the configuration".to_owned();
            Err(wrong(ComponentProblem::Feature { what, feature: "signatures" }))
        }
    }

    /// Reads a file and checks its size and form, once for each file.
    async fn read(&mut self, source: &ConnectorSource, steps: &mut ReportBuilder) -> Result<Arc<File>, Error> {
        let file = match self.0.entry(Source::of(source)) {
            Entry::Occupied(entry) => entry.get().clone(),
            Entry::Vacant(entry) => {
                let bytes = ComponentBytes::read(source).await?;
                // Size and digest are reported even if the form is wrong.
                steps.digest = Some(bytes.digest);
                let sections = sections_of(&bytes.bytes).map_err(|problem| {
                    steps.ok(Check::Size, size_text(&bytes));
                    Error::component(bytes.place.clone(), problem)
                })?;
                let file = File {
                    bytes,
                    sections,
                    #[cfg(feature = "signatures")]
                    signed: Mutex::default(),
                };
                entry.insert(Arc::new(file)).clone()
            }
        };
        steps.digest = Some(file.bytes.digest);
        steps.version = file.sections.version.clone();
        steps.ok(Check::Size, size_text(&file.bytes));
        steps.ok(Check::Form, "a component");
        Ok(file)
    }
}

impl File {
    /// Verifies the signature, once for the same keys, and returns the key that signed.
    #[cfg(feature = "signatures")]
    async fn verify_signature(&self, source: &ConnectorSource, policy: &IntegrityPolicy) -> Result<PublicKey, Error> {
        let IntegrityPolicy { signed_by, signature, .. } = policy;
        let verified = || self.signed.lock();
        if let Some(signed) = verified().iter().find(|signed| signed.by == *signed_by && signed.given == *signature) {
            return Ok(signed.signer.clone());
        }
        let signer = signature::verify(&self.bytes, source, signature.clone(), signed_by.clone()).await?;
        verified().push(Signed { by: signed_by.clone(), given: signature.clone(), signer: signer.clone() });
        Ok(signer)
    }
}

fn size_text(bytes: &ComponentBytes) -> String {
    format!("{} bytes", bytes.bytes.len())
}
