//! Secrets by handle. A connector builds the text to sign; the host takes the digest over parts that may be secrets.

use tokio::sync::OwnedMutexGuard;
use wasmtime::component::Resource;
use zeroize::Zeroizing;

use crate::model::Secret;
use crate::sandbox::call::CallState;
use crate::sandbox::contract::secrets::{self, Algorithm, Encoding, Part, Refusal};
use crate::sandbox::in_use::Counted;
use crate::secrets::{LONGEST, StoredSecret, digest, encoded as encoded_as, growth, hmac};

/// A secret that a call holds.
#[expect(unreachable_pub, reason = "the generated bindings re-export the type behind their resource")]
pub struct HeldSecret {
    secret: StoredSecret,
    _counted: Counted,
}

impl HeldSecret {
    pub(crate) fn is_sendable(&self) -> bool {
        self.secret.sendable
    }

    /// How many encodings lie upon a secret where it is written in this one.
    pub(crate) fn encodings(&self, encoding: Encoding) -> u8 {
        self.secret.encodings.saturating_add(u8::from(encoding != Encoding::Plain))
    }

    pub(crate) fn name(&self) -> &str {
        &self.secret.name
    }

    fn bytes(&self) -> &[u8] {
        self.secret.bytes.expose()
    }
}

/// A renewal of a captured secret that this call has begun; it ends with the capture or with the call.
pub(crate) struct Renewal {
    pub(crate) name: String,
    _turn: OwnedMutexGuard<()>,
}

impl CallState {
    /// Writes the parts, one after the other, as far as `limit` bytes. Refused where the call does not hold a secret, or
    /// there is more: few handles named often can stand for more than there is memory, so that nothing is written first
    /// and measured then.
    pub(crate) fn assemble(&self, parts: &[Part], limit: usize) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        if self.counted(parts) > limit {
            return Err(Refusal::Limit);
        }
        let room = parts.iter().fold(0, |room: usize, part| room.saturating_add(self.longest(part)));
        // What a vector leaves behind when it grows is not wiped.
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

    /// What the parts count for together: the bytes that the connector wrote, and for each secret what does not tell its
    /// length.
    pub(crate) fn counted(&self, parts: &[Part]) -> usize {
        let of_secret =
            |secret: &HeldSecret, encoding: Encoding| secret.secret.counted.saturating_mul(growth(encoding.into()));
        let of_part = |part: &Part| match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Secret((handle, encoding)) => self.table.get(handle).map_or(0, |secret| of_secret(secret, *encoding)),
        };
        parts.iter().fold(0, |all: usize, part| all.saturating_add(of_part(part)))
    }

    /// The most that a part can come to.
    fn longest(&self, part: &Part) -> usize {
        match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Secret((handle, _)) => {
                self.table.get(handle).map_or(0, |secret| LONGEST.saturating_mul(secret.bytes().len()))
            }
        }
    }

    /// The held secrets among the parts, each with how it is written.
    pub(crate) fn held<'a>(&'a self, parts: &'a [Part]) -> impl Iterator<Item = (&'a HeldSecret, Encoding)> {
        parts.iter().filter_map(|part| match part {
            Part::Secret((handle, encoding)) => Some((self.table.get(handle).ok()?, *encoding)),
            Part::Bytes(_) => None,
        })
    }

    /// The parts, one after the other, within the account's limits on digests.
    fn digest_input(&mut self, parts: &[Part]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let limits = self.grants.as_ref().ok_or(Refusal::Missing)?.limits;
        if self.digests >= limits.digests {
            return Err(Refusal::Limit);
        }
        self.digests += 1;
        self.assemble(parts, limits.digest_input)
    }

    fn hold(&mut self, secret: StoredSecret) -> Result<Resource<HeldSecret>, Refusal> {
        self.table.push(HeldSecret { secret, _counted: self.counters.secrets.one() }).map_err(|_| Refusal::Limit)
    }

    /// Over a whole call, derived secrets together count for at most as many bytes as one digest may read.
    fn hold_derived(&mut self, derived: StoredSecret) -> Result<Resource<HeldSecret>, Refusal> {
        let limit = self.grants.as_ref().ok_or(Refusal::Missing)?.limits.digest_input;
        self.derived = self.derived.saturating_add(derived.counted);
        if self.derived > limit {
            return Err(Refusal::Limit);
        }
        self.hold(derived)
    }

    fn joined(&mut self, parts: &[Part]) -> Result<StoredSecret, Refusal> {
        let bytes = Secret::new(&**self.digest_input(parts)?);
        let sendable = self.held(parts).all(|(secret, _)| secret.is_sendable());
        let encodings = self.held(parts).map(|(secret, encoding)| secret.encodings(encoding)).max().unwrap_or_default();
        Ok(StoredSecret { bytes, name: "".into(), sendable, encodings, counted: self.counted(parts) })
    }

    fn hmac_of(
        &mut self,
        algorithm: Algorithm,
        key: &Resource<HeldSecret>,
        parts: &[Part],
    ) -> Result<Vec<u8>, Refusal> {
        let input = self.digest_input(parts)?;
        let key = self.table.get(key).map_err(|_| Refusal::Missing)?;
        Ok(hmac(algorithm.into(), key.bytes(), &input))
    }
}

impl secrets::Host for CallState {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<Resource<HeldSecret>, Refusal>> {
        let Some(grants) = self.grants.clone() else {
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
        if self.renewals.iter().any(|renewal| renewal.name == name) {
            return Ok(Err(Refusal::Expired));
        }
        // One call renews it; the others wait here, within their deadline, and find the new one.
        self.waiting = true;
        let turn = captured.renewal.clone().lock_owned().await;
        self.waiting = false;
        if let Some(bytes) = captured.current() {
            return Ok(self.hold(held(bytes)));
        }
        self.renewals.push(Renewal { name, _turn: turn });
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

/// A digest as a secret. A connector could take the digest itself and send it, so this one may be sent too.
fn of_digest(digest: &[u8]) -> StoredSecret {
    StoredSecret { bytes: Secret::new(digest), name: "".into(), sendable: true, encodings: 0, counted: digest.len() }
}

impl secrets::HostSecret for CallState {
    fn name(&mut self, secret: Resource<HeldSecret>) -> wasmtime::Result<String> {
        Ok(self.table.get(&secret)?.name().to_owned())
    }

    fn drop(&mut self, secret: Resource<HeldSecret>) -> wasmtime::Result<()> {
        self.table.delete(secret)?;
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
