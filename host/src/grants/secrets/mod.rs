//! Secrets by handle. A connector builds the text to sign; the host takes the digest over parts that may be secrets.

mod automaton;
mod captured;
mod digest;
mod encoding;
mod redactor;
mod strength;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use wasmtime::component::Resource;
use zeroize::Zeroizing;

pub(crate) use captured::{Captured, Renewal};
use digest::{digest, hmac};
pub(crate) use redactor::Redactor;
pub(crate) use strength::is_weak;

use crate::call::CallState;
use crate::contract::secrets::{self, Algorithm, Part, Refusal};
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
}

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
    /// Finds any of them in what comes in or goes out.
    redactor: RwLock<Arc<Redactor>>,
}

impl Vault {
    /// The secrets that the operator configured, each with whether it may be sent, and the names of those to capture.
    pub(crate) fn new(
        configured: impl IntoIterator<Item = (String, Secret, bool)>,
        captured: impl IntoIterator<Item = String>,
    ) -> Vault {
        let known =
            |(name, bytes, sendable): (String, _, _)| (name.clone(), Known { bytes, name: name.into(), sendable });
        let vault = Vault {
            configured: configured.into_iter().map(known).collect(),
            captured: captured.into_iter().map(|name| (name, Captured::default())).collect(),
            redactor: RwLock::default(),
        };
        vault.look_for_all();
        vault
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
        let captured = self.captured.values().filter_map(Captured::latest);
        let secrets: Vec<Secret> = self.configured.values().map(|known| known.bytes.clone()).chain(captured).collect();
        let redactor = Arc::new(Redactor::new(secrets.iter().map(Secret::expose)));
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
    }
}

impl CallState {
    /// Writes the parts, one after the other, as far as `limit` bytes. Refused where the call does not hold a secret, or
    /// there is more: few handles named often can stand for more than there is memory, so that nothing is written first
    /// and measured then.
    pub(crate) fn assemble(&self, parts: &[Part], limit: usize) -> Result<Zeroizing<Vec<u8>>, Refusal> {
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

    /// The most that a part can come to.
    fn longest(&self, part: &Part) -> usize {
        match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Secret((handle, _)) => {
                self.table.get(handle).map_or(0, |secret| encoding::LONGEST.saturating_mul(secret.bytes().len()))
            }
        }
    }

    /// The held secrets among the parts.
    pub(crate) fn held<'a>(&'a self, parts: &'a [Part]) -> impl Iterator<Item = &'a HeldSecret> {
        parts.iter().filter_map(|part| match part {
            Part::Secret((handle, _)) => self.table.get(handle).ok(),
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

    /// Over a whole call, derived secrets together have at most as many bytes as one digest may read.
    fn hold_derived(&mut self, bytes: &[u8], sendable: bool) -> Result<Resource<HeldSecret>, Refusal> {
        let limit = self.grants.as_ref().ok_or(Refusal::Missing)?.limits.digest_input;
        self.derived = self.derived.saturating_add(bytes.len());
        if self.derived > limit {
            return Err(Refusal::Limit);
        }
        self.hold(Known { bytes: Secret::new(bytes), name: "".into(), sendable })
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
        let held = |bytes| Known { bytes, name: name.as_str().into(), sendable: true };
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
        let sendable = self.held(&parts).all(HeldSecret::is_sendable);
        Ok(self.digest_input(&parts).and_then(|bytes| self.hold_derived(&bytes, sendable)))
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
        // A connector could take the digest itself and send it, so a derived secret may be sent too.
        Ok(self.digest_input(&parts).and_then(|input| self.hold_derived(&digest(algorithm, &input), true)))
    }

    fn derive_hmac(
        &mut self,
        algorithm: Algorithm,
        key: Resource<HeldSecret>,
        parts: Vec<Part>,
    ) -> wasmtime::Result<Result<Resource<HeldSecret>, Refusal>> {
        Ok(self.hmac_of(algorithm, &key, &parts).and_then(|mac| self.hold_derived(&mac, true)))
    }
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
