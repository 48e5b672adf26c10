//! Minisign signatures: whether a key that the operator trusts signed a component, for what it is trusted for.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{Error as Refusal, Signature};

use super::TrustedKey;
use crate::component::{Bytes, blocking};
use crate::config::ConnectorSource;
use crate::error::{Error, SignatureProblem};
use crate::named_file;

/// The longest signature file, in bytes: minisign's comments have at most some nine thousand.
const LONGEST: u64 = 16 * 1024;

/// A minisign public key, as the second line of a `minisign.pub` has it: `RWQ…`.
#[derive(Clone)]
pub struct PublicKey {
    text: String,
    key: minisign_verify::PublicKey,
}

impl PublicKey {
    /// Its number, as minisign shows it.
    pub(super) fn id(&self) -> String {
        id(&self.text).unwrap_or_default()
    }
}

impl FromStr for PublicKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<PublicKey, BadKey> {
        let key = minisign_verify::PublicKey::from_base64(text).map_err(|_| BadKey)?;
        Ok(PublicKey { text: text.to_owned(), key })
    }
}

/// What is no minisign public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no minisign public key; write the second line of a minisign.pub, as in \"RWQ…\"")]
pub struct BadKey;

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.text == other.text
    }
}

impl Eq for PublicKey {}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Which of the keys signed the component, as one that it is trusted for.
///
/// The signature is the one that was given, or the file beside the component.
pub(super) async fn checked(
    component: &Bytes,
    source: &ConnectorSource,
    given: Option<Arc<str>>,
    keys: Vec<TrustedKey>,
) -> Result<PublicKey, Error> {
    let wrong = |problem: SignatureProblem| Error::component(component.place.clone(), problem.into());
    let text = match (given, source) {
        (Some(text), _) => text.to_string(),
        (None, ConnectorSource::File(path)) => {
            let file = beside(path);
            blocking(move || read(file)).await?.map_err(wrong)?
        }
        (None, ConnectorSource::Bytes(_)) => return Err(wrong(SignatureProblem::NotGiven)),
    };
    // Over megabytes, hashing takes as long as reading.
    let bytes = component.bytes.clone();
    blocking(move || verified(&bytes, &text, &keys)).await?.map_err(wrong)
}

/// `connector.wasm.minisig`
fn beside(component: &Path) -> PathBuf {
    let mut name = component.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

fn read(path: PathBuf) -> Result<String, SignatureProblem> {
    let file = || path.display().to_string();
    match named_file::read_text(&path, LONGEST, named_file::Kind::Regular) {
        Ok((text, _)) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            Err(SignatureProblem::TooLarge { file: file(), limit: LONGEST })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(SignatureProblem::Missing { file: file() }),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(SignatureProblem::Malformed),
        Err(error) => Err(SignatureProblem::Unreadable { file: file(), error }),
    }
}

fn verified(component: &[u8], text: &str, keys: &[TrustedKey]) -> Result<PublicKey, SignatureProblem> {
    if text.len() > usize::try_from(LONGEST).unwrap_or(usize::MAX) {
        return Err(SignatureProblem::Malformed);
    }
    let signature = Signature::decode(text).map_err(|_| SignatureProblem::Malformed)?;
    let mut problem = SignatureProblem::OtherKey { signed_by: text.lines().nth(1).and_then(id).unwrap_or_default() };
    for trusted in keys {
        match trusted.key.key.verify(component, &signature, false) {
            Ok(()) => match trusted.covers(signature.trusted_comment()) {
                Ok(()) => return Ok(trusted.key.clone()),
                Err(other) => problem = other,
            },
            Err(Refusal::UnexpectedKeyId) => {}
            Err(Refusal::UnexpectedAlgorithm) => problem = SignatureProblem::Legacy,
            Err(_) => problem = SignatureProblem::OtherBytes,
        }
    }
    Err(problem)
}

/// A key's number, which stands in its signatures too, as minisign shows it.
fn id(base64: &str) -> Option<String> {
    let bytes = STANDARD.decode(base64.trim()).ok()?;
    let id: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
    Some(format!("{:016X}", u64::from_le_bytes(id)))
}
