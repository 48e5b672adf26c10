//! Minisign signatures: whether a key that the operator trusts signed a component, within the scope of that trust.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use minisign_verify::{Error as Refusal, Signature};
use stockbridge_model::named_file;

use super::TrustedKey;
use crate::blocking::blocking;
use crate::engine::{ComponentBytes, ConnectorSource};
use crate::error::{Error, SignatureProblem};
use crate::public_key::PublicKey;
use crate::public_key::number_of;

/// Maximum signature file, in bytes: minisign's comments have at most some nine thousand.
const LONGEST: u64 = 16 * 1024;

/// Returns the key that signed the component, if the key is trusted for it.
///
/// The signature is the given text, or else the file beside the component.
pub(super) async fn verify(
    component: &ComponentBytes,
    source: &ConnectorSource,
    given: Option<Arc<str>>,
    keys: Vec<TrustedKey>,
) -> Result<PublicKey, Error> {
    let wrong = |problem: SignatureProblem| Error::component(component.place.clone(), problem.into());
    let text = match (given, source) {
        (Some(text), _) => text.to_string(),
        (None, ConnectorSource::File(path)) => {
            let file = signature_path(path);
            blocking(move || read(file)).await?.map_err(wrong)?
        }
        (None, ConnectorSource::Bytes(_)) => return Err(wrong(SignatureProblem::NotGiven)),
    };
    // Over megabytes, hashing takes as long as reading.
    let bytes = component.bytes.clone();
    blocking(move || verify_text(&bytes, &text, &keys)).await?.map_err(wrong)
}

/// `connector.wasm.minisig`
fn signature_path(component: &Path) -> PathBuf {
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

fn verify_text(component: &[u8], text: &str, keys: &[TrustedKey]) -> Result<PublicKey, SignatureProblem> {
    if text.len() > usize::try_from(LONGEST).unwrap_or(usize::MAX) {
        return Err(SignatureProblem::Malformed);
    }
    let signature = Signature::decode(text).map_err(|_| SignatureProblem::Malformed)?;
    let mut problem =
        SignatureProblem::OtherKey { signed_by: text.lines().nth(1).and_then(number_of).unwrap_or_default() };
    for trusted in keys {
        match trusted.key.verify(component, &signature) {
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
