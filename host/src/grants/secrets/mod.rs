//! Secrets by handle. A connector builds the text to sign; the host takes the digest over parts that may be secrets.

mod automaton;
mod captured;
mod decoder;
mod digest;
mod encoding;
mod forms;
mod redactor;
mod strength;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use wasmtime::component::Resource;
use zeroize::Zeroizing;

pub(crate) use captured::{Captured, OperatorCapture, Renewal};
use digest::{digest, hmac};
pub use redactor::Redactor;
pub(crate) use redactor::STRUCK;
pub(crate) use strength::is_weak;

use crate::call::CallState;
use crate::contract::secrets::{self, Algorithm, Encoding, Part, Refusal};
use crate::in_use::Counted;
use crate::secret::Secret;

/// A secret, and what may be done with it.
#[derive(Clone)]
pub(crate) struct Known {
    bytes: Secret,
    /// Empty for a derived one.
    name: Arc<str>,
    /// Whether it may stand in a request.
    sendable: bool,
    /// How many encodings lie upon a secret in it. More than one would be recognised in no echo.
    encodings: u8,
    /// What it counts for, in bytes, where its length would show in what is refused.
    counted: usize,
}

impl Known {
    /// One that the operator configured, or that was taken out of an answer.
    fn new(name: &str, bytes: Secret, sendable: bool) -> Known {
        let counted = bytes.expose().len().next_multiple_of(COUNTED_BYTES);
        Known { bytes, name: name.into(), sendable, encodings: 0, counted }
    }
}

/// A secret counts for as many bytes as the next multiple of this, so that a refusal for size says nothing of its length.
const COUNTED_BYTES: usize = 1024;

/// A secret that a call holds.
#[expect(unreachable_pub, reason = "the generated bindings re-export the type behind their resource")]
pub struct HeldSecret {
    secret: Known,
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

/// The secrets of an account.
#[derive(Default)]
pub(crate) struct Vault {
    configured: BTreeMap<String, Known>,
    /// Secrets that are taken out of answers, by name.
    captured: BTreeMap<String, Captured>,
    /// What the operator has captured, from where.
    rules: Vec<OperatorCapture>,
    /// Finds any of them in what comes in or goes out.
    redactor: RwLock<Arc<Redactor>>,
}

impl Vault {
    /// The secrets that the operator configured, each with whether it may be sent, and the names of those to capture.
    pub(crate) fn new(
        configured: impl IntoIterator<Item = (String, Secret, bool)>,
        captured: impl IntoIterator<Item = String>,
        rules: Vec<OperatorCapture>,
    ) -> Vault {
        let known = |(name, bytes, sendable): (String, _, _)| {
            let secret = Known::new(&name, bytes, sendable);
            (name, secret)
        };
        let vault = Vault {
            configured: configured.into_iter().map(known).collect(),
            captured: captured.into_iter().map(|name| (name, Captured::default())).collect(),
            rules,
            redactor: RwLock::default(),
        };
        vault.look_for_all();
        vault
    }

    /// What the operator has captured, from where.
    pub(crate) fn rules(&self) -> &[OperatorCapture] {
        &self.rules
    }

    /// Whether the descriptor declares a captured secret of this name.
    pub(crate) fn captures(&self, name: &str) -> bool {
        self.captured.contains_key(name)
    }

    /// Keeps captured secrets, each with its name and how long it lasts, in place of those before.
    pub(crate) fn store<'n>(&self, secrets: impl IntoIterator<Item = (&'n str, Secret, Option<Duration>)>) {
        let mut stored = false;
        for (name, bytes, lifetime) in secrets {
            if let Some(captured) = self.captured.get(name) {
                captured.store(bytes, lifetime);
                stored = true;
            }
        }
        if stored {
            self.look_for_all();
        }
    }

    /// What finds the account's secrets.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn look_for_all(&self) {
        let configured = self.configured.values().map(|known| (known.name.clone(), known.bytes.clone()));
        let captured = self.captured.iter().filter_map(|(name, secret)| Some((name.as_str().into(), secret.latest()?)));
        let secrets: Vec<(Arc<str>, Secret)> = configured.chain(captured).collect();
        let redactor = Arc::new(Redactor::new(secrets.iter().map(|(name, secret)| (name.clone(), secret.expose()))));
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
    }
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
                    encoded = encoding::encoded(secret.bytes(), *encoding);
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
            |secret: &HeldSecret, encoding| secret.secret.counted.saturating_mul(encoding::growth(encoding));
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
                self.table.get(handle).map_or(0, |secret| encoding::LONGEST.saturating_mul(secret.bytes().len()))
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

    fn hold(&mut self, secret: Known) -> Result<Resource<HeldSecret>, Refusal> {
        self.table.push(HeldSecret { secret, _counted: self.counters.secrets.one() }).map_err(|_| Refusal::Limit)
    }

    /// Over a whole call, derived secrets together count for at most as many bytes as one digest may read.
    fn hold_derived(&mut self, derived: Known) -> Result<Resource<HeldSecret>, Refusal> {
        let limit = self.grants.as_ref().ok_or(Refusal::Missing)?.limits.digest_input;
        self.derived = self.derived.saturating_add(derived.counted);
        if self.derived > limit {
            return Err(Refusal::Limit);
        }
        self.hold(derived)
    }

    fn joined(&mut self, parts: &[Part]) -> Result<Known, Refusal> {
        let bytes = Secret::new(&**self.digest_input(parts)?);
        let sendable = self.held(parts).all(|(secret, _)| secret.is_sendable());
        let encodings = self.held(parts).map(|(secret, encoding)| secret.encodings(encoding)).max().unwrap_or_default();
        Ok(Known { bytes, name: "".into(), sendable, encodings, counted: self.counted(parts) })
    }

    fn hmac_of(
        &mut self,
        algorithm: Algorithm,
        key: &Resource<HeldSecret>,
        parts: &[Part],
    ) -> Result<Vec<u8>, Refusal> {
        let input = self.digest_input(parts)?;
        let key = self.table.get(key).map_err(|_| Refusal::Missing)?;
        Ok(hmac(algorithm, key.bytes(), &input))
    }
}

impl secrets::Host for CallState {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<Resource<HeldSecret>, Refusal>> {
        let Some(grants) = self.grants.clone() else {
            return Ok(Err(Refusal::Missing));
        };
        if let Some(secret) = grants.secrets.configured.get(&name) {
            return Ok(self.hold(secret.clone()));
        }
        let Some(captured) = grants.secrets.captured.get(&name) else {
            return Ok(Err(Refusal::Missing));
        };
        let held = |bytes| Known::new(&name, bytes, true);
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
        Ok(self.digest_input(&parts).map(|input| digest(algorithm, &input)))
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
        Ok(self.digest_input(&parts).and_then(|input| self.hold_derived(of_digest(&digest(algorithm, &input)))))
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
fn of_digest(digest: &[u8]) -> Known {
    Known { bytes: Secret::new(digest), name: "".into(), sendable: true, encodings: 0, counted: digest.len() }
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
