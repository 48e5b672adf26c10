//! Secrets by handle. A connector builds the text to sign; the host takes the digest over parts that may be secrets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{KeyInit, Mac, SimpleHmac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use tokio::sync::{Mutex, OwnedMutexGuard};
use wasmtime::component::Resource;
use zeroize::Zeroizing;

use crate::call::CallState;
use crate::contract::secrets::{self, Algorithm, Encoding, Part, Refusal};
use crate::in_use::Counted;
use crate::secret::Secret;

/// The most handles that one call may hold at a time.
pub(crate) const MOST_HANDLES: usize = 256;

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
    pub(crate) configured: BTreeMap<String, Known>,
    /// Secrets that are taken out of answers, by name.
    pub(crate) captured: BTreeMap<String, Captured>,
}

impl Vault {
    pub(crate) fn configure(&mut self, name: &str, bytes: Secret, sendable: bool) {
        self.configured.insert(name.to_owned(), Known { bytes, name: name.into(), sendable });
    }
}

/// A token that a provider gave, and whose turn it is to renew it.
#[derive(Default)]
pub(crate) struct Captured {
    token: std::sync::Mutex<Option<Token>>,
    renewal: Arc<Mutex<()>>,
}

struct Token {
    bytes: Secret,
    expires: Option<Instant>,
}

impl Captured {
    fn current(&self) -> Option<Secret> {
        let token = self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        token
            .as_ref()
            .filter(|token| token.expires.is_none_or(|end| Instant::now() < end))
            .map(|token| token.bytes.clone())
    }

    pub(crate) fn store(&self, bytes: Secret, lifetime: Option<Duration>) {
        // A lifetime beyond what the clock can tell is none.
        let expires = lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime));
        *self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Token { bytes, expires });
    }
}

/// A renewal of a captured secret that this call has begun; it ends with the capture or with the call.
pub(crate) struct Renewal {
    pub(crate) name: String,
    _turn: OwnedMutexGuard<()>,
}

impl CallState {
    /// Writes the parts, one after the other. Refused where the call does not hold a secret.
    pub(crate) fn assemble(&self, parts: &[Part], into: &mut Vec<u8>) -> Result<(), Refusal> {
        for part in parts {
            match part {
                Part::Bytes(bytes) => into.extend_from_slice(bytes),
                Part::Secret((handle, encoding)) => {
                    let held = self.table.get(handle).map_err(|_| Refusal::Missing)?;
                    encode(held.bytes(), *encoding, into);
                }
            }
        }
        Ok(())
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
        let mut input = Zeroizing::new(Vec::new());
        self.assemble(parts, &mut input)?;
        if input.len() > limits.digest_input { Err(Refusal::Limit) } else { Ok(input) }
    }

    fn hold(&mut self, secret: Known) -> Result<Resource<HeldSecret>, Refusal> {
        self.table.push(HeldSecret { secret, _counted: self.counters.secrets.one() }).map_err(|_| Refusal::Limit)
    }

    fn hold_derived(&mut self, bytes: &[u8], sendable: bool) -> Result<Resource<HeldSecret>, Refusal> {
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
        let turn = captured.renewal.clone().lock_owned().await;
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

fn encode(bytes: &[u8], encoding: Encoding, into: &mut Vec<u8>) {
    match encoding {
        Encoding::Plain => into.extend_from_slice(bytes),
        Encoding::Form => {
            url::form_urlencoded::byte_serialize(bytes).for_each(|piece| into.extend_from_slice(piece.as_bytes()))
        }
        Encoding::Percent => {
            for &byte in bytes {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    into.push(byte);
                } else {
                    into.push(b'%');
                    hex(&[byte], b"0123456789ABCDEF", into);
                }
            }
        }
        Encoding::Json => {
            let quoted = Zeroizing::new(serde_json::Value::from(String::from_utf8_lossy(bytes)).to_string());
            let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
            into.extend_from_slice(inside.as_bytes());
        }
        Encoding::HexLower => hex(bytes, b"0123456789abcdef", into),
        Encoding::HexUpper => hex(bytes, b"0123456789ABCDEF", into),
        Encoding::Base64 => into.extend_from_slice(Zeroizing::new(STANDARD.encode(bytes)).as_bytes()),
        Encoding::Base64url => into.extend_from_slice(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)).as_bytes()),
    }
}

fn hex(bytes: &[u8], digits: &[u8; 16], into: &mut Vec<u8>) {
    into.extend(
        bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| digits.get(usize::from(digit))),
    );
}

fn digest(algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => Md5::digest(input).to_vec(),
        Algorithm::Sha1 => Sha1::digest(input).to_vec(),
        Algorithm::Sha256 => Sha256::digest(input).to_vec(),
        Algorithm::Sha512 => Sha512::digest(input).to_vec(),
    }
}

fn hmac(algorithm: Algorithm, key: &[u8], input: &[u8]) -> Vec<u8> {
    fn of<M: Mac + KeyInit>(key: &[u8], input: &[u8]) -> Vec<u8> {
        // RFC 2104 takes a key of any length, so there is no failure to report.
        M::new_from_slice(key).map(|mac| mac.chain_update(input).finalize().into_bytes().to_vec()).unwrap_or_default()
    }
    match algorithm {
        Algorithm::Md5 => of::<SimpleHmac<Md5>>(key, input),
        Algorithm::Sha1 => of::<SimpleHmac<Sha1>>(key, input),
        Algorithm::Sha256 => of::<SimpleHmac<Sha256>>(key, input),
        Algorithm::Sha512 => of::<SimpleHmac<Sha512>>(key, input),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, encoding: Encoding) -> String {
        let mut bytes = Vec::new();
        encode(text.as_bytes(), encoding, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_secret_is_written_in_each_encoding_as_the_contract_says() {
        let secret = "a b+\"~*/货";
        assert_eq!(encoded(secret, Encoding::Plain), secret);
        assert_eq!(encoded(secret, Encoding::Form), "a+b%2B%22%7E*%2F%E8%B4%A7");
        assert_eq!(encoded(secret, Encoding::Percent), "a%20b%2B%22~%2A%2F%E8%B4%A7");
        assert_eq!(encoded(secret, Encoding::Json), "a b+\\\"~*/货");
        assert_eq!(encoded("\u{0}ÿ", Encoding::HexLower), "00c3bf");
        assert_eq!(encoded("\u{0}ÿ", Encoding::HexUpper), "00C3BF");
        assert_eq!(encoded("ab?>", Encoding::Base64), "YWI/Pg==");
        assert_eq!(encoded("ab?>", Encoding::Base64url), "YWI_Pg");
    }

    /// RFC 1321, RFC 3174 and FIPS 180-2 for the digest of `abc`; RFC 2202 and RFC 4231 (case 2) for the HMACs.
    #[test]
    fn digests_and_hmacs_are_those_of_the_standards() {
        let hexed = |bytes: Vec<u8>| {
            let mut text = Vec::new();
            hex(&bytes, b"0123456789abcdef", &mut text);
            String::from_utf8(text).unwrap()
        };
        assert_eq!(hexed(digest(Algorithm::Md5, b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hexed(digest(Algorithm::Sha1, b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert!(hexed(digest(Algorithm::Sha256, b"abc")).starts_with("ba7816bf8f01cfea414140de5dae2223"));
        assert!(hexed(digest(Algorithm::Sha512, b"abc")).starts_with("ddaf35a193617abacc417349ae204131"));
        let data = b"what do ya want for nothing?";
        assert_eq!(hexed(hmac(Algorithm::Md5, b"Jefe", data)), "750c783e6ab0b503eaa86e310a5db738");
        assert_eq!(hexed(hmac(Algorithm::Sha1, b"Jefe", data)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert!(hexed(hmac(Algorithm::Sha256, b"Jefe", data)).starts_with("5bdcc146bf60754e6a042426089575c7"));
        assert!(hexed(hmac(Algorithm::Sha512, b"Jefe", data)).starts_with("164b7a7bfcf819e2e395fbe73b56e0a3"));
    }
}
