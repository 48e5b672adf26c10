//! Secrets by handle. A connector builds the text to sign; the host computes the digest over parts that may be secrets.

use stockbridge_model::Secret;
use tokio::sync::OwnedMutexGuard;
use wasmtime::component::{HasData, Resource};
use zeroize::Zeroizing;

use super::context::CallContext;
use super::contract::secrets::{self, Algorithm, Encoding, Part, Refusal};
use super::held_secret::HeldSecret;
use crate::secrets::{LONGEST, StoredSecret, digest, encoded as encoded_as, growth, hmac};

/// A captured secret that this call is renewing. The renewal ends with the capture or with the call.
pub(super) struct Renewal {
    pub(super) name: String,
    _guard: OwnedMutexGuard<()>,
}

/// The capability.
pub(super) struct Secrets;

impl HasData for Secrets {
    type Data<'a> = SecretsView<'a>;
}

/// Use of secrets by a call so far.
#[derive(Default)]
pub(super) struct SecretsState {
    digests: u32,
    /// Counted size of all derived secrets, in bytes.
    derived: usize,
    /// Captured secrets that this call is renewing.
    pub(super) renewals: Vec<Renewal>,
}

/// The secrets of a running call.
pub(super) struct SecretsView<'a> {
    pub(super) context: &'a mut CallContext,
    pub(super) state: &'a mut SecretsState,
}

/// Assembles texts of which some parts are secrets: for digests here, and for requests.
impl CallContext {
    /// Concatenates the parts, up to `limit` bytes. Refused if a part is a secret that the call does not hold, or if the text is
    /// longer. The size is checked before writing: a few handles, repeated often, can stand for more than fits in memory.
    pub(super) fn assemble(&self, parts: &[Part], limit: usize) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        if self.counted(parts) > limit {
            return Err(Refusal::Limit);
        }
        let room = parts.iter().fold(0, |room: usize, part| room.saturating_add(self.longest(part)));
        // A growing vector leaves copies behind that are not wiped.
        let mut whole = Zeroizing::new(Vec::with_capacity(room.min(limit)));
        for part in parts {
            let encoded;
            let piece = match part {
                Part::Bytes(bytes) => bytes,
                Part::Secret((handle, encoding)) => {
                    let secret = self.table.get(handle).map_err(|_| Refusal::Missing)?;
                    encoded = encoded_as(secret.bytes(), (*encoding).into());
                    &*encoded
                }
            };
            if whole.len() + piece.len() > limit {
                return Err(Refusal::Limit);
            }
            whole.extend_from_slice(piece);
        }
        Ok(whole)
    }

    /// Counted size of the parts: the connector's own bytes, and for each secret a size that does not reveal its length.
    pub(super) fn counted(&self, parts: &[Part]) -> usize {
        let of_secret =
            |secret: &HeldSecret, encoding: Encoding| secret.secret.counted.saturating_mul(growth(encoding.into()));
        let of_part = |part: &Part| match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Secret((handle, encoding)) => self.table.get(handle).map_or(0, |secret| of_secret(secret, *encoding)),
        };
        parts.iter().fold(0, |all: usize, part| all.saturating_add(of_part(part)))
    }

    /// Maximum length of a part once encoded.
    fn longest(&self, part: &Part) -> usize {
        match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Secret((handle, _)) => {
                self.table.get(handle).map_or(0, |secret| LONGEST.saturating_mul(secret.bytes().len()))
            }
        }
    }

    /// The held secrets among the parts, each with its encoding.
    pub(super) fn held<'a>(&'a self, parts: &'a [Part]) -> impl Iterator<Item = (&'a HeldSecret, Encoding)> {
        parts.iter().filter_map(|part| match part {
            Part::Secret((handle, encoding)) => Some((self.table.get(handle).ok()?, *encoding)),
            Part::Bytes(_) => None,
        })
    }
}

impl SecretsView<'_> {
    /// Concatenates the parts, within the account's limits on digests.
    fn digest_input(&mut self, parts: &[Part]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let limits = self.context.grants.as_ref().ok_or(Refusal::Missing)?.limits;
        if self.state.digests >= limits.digests {
            return Err(Refusal::Limit);
        }
        self.state.digests += 1;
        self.context.assemble(parts, limits.digest_input)
    }

    fn hold(&mut self, secret: StoredSecret) -> Result<Resource<HeldSecret>, Refusal> {
        self.context
            .table
            .push(HeldSecret { secret, _counted: self.context.counters.secrets.one() })
            .map_err(|_| Refusal::Limit)
    }

    /// Holds a derived secret. Over a whole call, derived secrets together count for at most the input limit of one digest.
    fn hold_derived(&mut self, derived: StoredSecret) -> Result<Resource<HeldSecret>, Refusal> {
        let limit = self.context.grants.as_ref().ok_or(Refusal::Missing)?.limits.digest_input;
        self.state.derived = self.state.derived.saturating_add(derived.counted);
        if self.state.derived > limit {
            return Err(Refusal::Limit);
        }
        self.hold(derived)
    }

    fn joined(&mut self, parts: &[Part]) -> Result<StoredSecret, Refusal> {
        let bytes = Secret::new(&**self.digest_input(parts)?);
        let sendable = self.context.held(parts).all(|(secret, _)| secret.is_sendable());
        let encodings = self
            .context
            .held(parts)
            .map(|(secret, encoding)| secret.encodings(encoding.into()))
            .max()
            .unwrap_or_default();
        Ok(StoredSecret { bytes, name: "".into(), sendable, encodings, counted: self.context.counted(parts) })
    }

    fn hmac_of(
        &mut self,
        algorithm: Algorithm,
        key: &Resource<HeldSecret>,
        parts: &[Part],
    ) -> Result<Vec<u8>, Refusal> {
        let input = self.digest_input(parts)?;
        let key = self.context.table.get(key).map_err(|_| Refusal::Missing)?;
        Ok(hmac(algorithm.into(), key.bytes(), &input))
    }
}

impl secrets::Host for SecretsView<'_> {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<Resource<HeldSecret>, Refusal>> {
        let Some(grants) = self.context.grants.clone() else {
            return Ok(Err(Refusal::Missing));
        };
        if let Some(secret) = grants.secrets.configured(&name) {
            return Ok(self.hold(secret.clone()));
        }
        let Some(captured) = grants.secrets.captured(&name) else {
            return Ok(Err(Refusal::Missing));
        };
        let held = |bytes| StoredSecret::new(&name, bytes, true);
        if let Some(bytes) = captured.current() {
            return Ok(self.hold(held(bytes)));
        }
        if self.state.renewals.iter().any(|renewal| renewal.name == name) {
            return Ok(Err(Refusal::Expired));
        }
        // One call renews the secret; the others wait here, within their deadline, and then find the new one.
        self.context.waiting = true;
        let guard = captured.renewal.clone().lock_owned().await;
        self.context.waiting = false;
        if let Some(bytes) = captured.current() {
            return Ok(self.hold(held(bytes)));
        }
        self.state.renewals.push(Renewal { name, _guard: guard });
        Ok(Err(Refusal::Expired))
    }

    fn join(&mut self, parts: Vec<Part>) -> wasmtime::Result<Result<Resource<HeldSecret>, Refusal>> {
        Ok(self.joined(&parts).and_then(|joined| self.hold_derived(joined)))
    }

    fn digest(&mut self, algorithm: Algorithm, parts: Vec<Part>) -> wasmtime::Result<Result<Vec<u8>, Refusal>> {
        Ok(self.digest_input(&parts).map(|input| digest(algorithm.into(), &input)))
    }

    fn hmac(
        &mut self,
        algorithm: Algorithm,
        key: Resource<HeldSecret>,
        parts: Vec<Part>,
    ) -> wasmtime::Result<Result<Vec<u8>, Refusal>> {
        Ok(self.hmac_of(algorithm, &key, &parts))
    }

    fn derive_digest(
        &mut self,
        algorithm: Algorithm,
        parts: Vec<Part>,
    ) -> wasmtime::Result<Result<Resource<HeldSecret>, Refusal>> {
        Ok(self.digest_input(&parts).and_then(|input| self.hold_derived(of_digest(&digest(algorithm.into(), &input)))))
    }

    fn derive_hmac(
        &mut self,
        algorithm: Algorithm,
        key: Resource<HeldSecret>,
        parts: Vec<Part>,
    ) -> wasmtime::Result<Result<Resource<HeldSecret>, Refusal>> {
        Ok(self.hmac_of(algorithm, &key, &parts).and_then(|mac| self.hold_derived(of_digest(&mac))))
    }
}

/// A digest as a secret. It is sendable, because a connector could also compute the plain digest and send that.
fn of_digest(digest: &[u8]) -> StoredSecret {
    StoredSecret { bytes: Secret::new(digest), name: "".into(), sendable: true, encodings: 0, counted: digest.len() }
}

impl secrets::HostSecret for SecretsView<'_> {
    fn name(&mut self, secret: Resource<HeldSecret>) -> wasmtime::Result<String> {
        Ok(self.context.table.get(&secret)?.name().to_owned())
    }

    fn drop(&mut self, secret: Resource<HeldSecret>) -> wasmtime::Result<()> {
        self.context.table.delete(secret)?;
        Ok(())
    }
}

impl From<Algorithm> for crate::secrets::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Md5 => Self::Md5,
            Algorithm::Sha1 => Self::Sha1,
            Algorithm::Sha256 => Self::Sha256,
            Algorithm::Sha512 => Self::Sha512,
        }
    }
}

impl From<Encoding> for crate::secrets::Encoding {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Plain => Self::Plain,
            Encoding::HexLower => Self::HexLower,
            Encoding::HexUpper => Self::HexUpper,
            Encoding::Base64 => Self::Base64,
            Encoding::Base64url => Self::Base64url,
            Encoding::Form => Self::Form,
            Encoding::Percent => Self::Percent,
            Encoding::Json => Self::Json,
        }
    }
}
