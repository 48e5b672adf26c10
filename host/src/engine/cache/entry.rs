//! Cache entries: a head derived from key and length, a checksum over head and code, and the machine code.

use std::hash::{Hash, Hasher};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use stockbridge_model::Digest;

/// First bytes of every entry.
const MAGIC: [u8; 16] = *b"stockbridge/code";
/// Version of the format, increased when it changes.
const FORMAT: u32 = 1;

/// Size of magic, engine, component and length, which the checksum covers, too.
const FACTS: usize = MAGIC.len() + 32 + 32 + 8;
pub(super) const HEAD: usize = FACTS + 32;

/// Maximum entry that is written or read, in bytes: many times what the largest component compiles to.
pub(super) const LARGEST: u64 = 512 * 1024 * 1024;

/// Key of the engine that code was compiled by and for: its version, its settings, the processor and the entry's format.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct EngineKey([u8; 32]);

impl EngineKey {
    /// wasmtime's hash covers its whole version, the target, and every setting that code depends on. By itself, wasmtime checks
    /// only the major version when it loads code: code from before a compiler bug was fixed would still be accepted.
    pub(super) fn of(engine: &Engine) -> EngineKey {
        let mut hasher = Sha256Hasher(Sha256::new());
        hasher.write(&FORMAT.to_le_bytes());
        std::env::consts::ARCH.hash(&mut hasher);
        std::env::consts::OS.hash(&mut hasher);
        engine.precompile_compatibility_hash().hash(&mut hasher);
        EngineKey(hasher.0.finalize().into())
    }
}

/// A hasher whose digest does not depend on the version of Rust's standard library.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not used: the whole digest is taken instead.
    fn finish(&self) -> u64 {
        let digest: [u8; 32] = self.0.clone().finalize().into();
        digest.first_chunk().copied().map_or(0, u64::from_le_bytes)
    }
}

/// Key of an entry.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) engine: EngineKey,
    pub(super) component: Digest,
}

impl Key {
    /// Name of the entry's file: the component's digest, so that an operator finds it, and the engine's.
    pub(super) fn file_name(&self) -> String {
        format!("{}-{}", self.component, Digest::from(self.engine.0))
    }

    fn facts(&self, length: usize) -> [u8; FACTS] {
        let mut facts = [0; FACTS];
        let length = u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes();
        let parts = MAGIC.iter().chain(&self.engine.0).chain(self.component.as_bytes()).chain(&length);
        facts.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        facts
    }

    /// The head, which is written before the code.
    pub(super) fn head(&self, code: &[u8]) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let facts = self.facts(code.len());
        head.iter_mut().zip(facts.iter().chain(&checksum(&facts, code))).for_each(|(to, from)| *to = *from);
        head
    }

    /// Verifies that an entry is complete and belongs to this key, and returns its code.
    pub(super) fn verify<'a>(&self, entry: &'a [u8]) -> Result<Verified<'a>, Damage> {
        let (head, code) = entry.split_first_chunk::<HEAD>().ok_or(Damage::Cut)?;
        let (facts, sum) = head.split_first_chunk::<FACTS>().ok_or(Damage::Cut)?;
        if *facts != self.facts(code.len()) {
            return Err(Damage::Head);
        }
        if sum != checksum(facts, code) { Err(Damage::Checksum) } else { Ok(Verified(code)) }
    }
}

fn checksum(facts: &[u8; FACTS], code: &[u8]) -> [u8; 32] {
    blake3::Hasher::new().update(facts).update(code).finalize().into()
}

/// Code with a verified checksum. Only [`Key::verify`] makes it.
pub(super) struct Verified<'a>(&'a [u8]);

impl Verified<'_> {
    pub(super) fn code(&self) -> &[u8] {
        self.0
    }
}

/// Why an entry is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    #[error("it is shorter than its head")]
    Cut,
    #[error("its head is not that of this component, this engine and this length")]
    Head,
    #[error("its checksum is wrong")]
    Checksum,
}

#[cfg(test)]
mod tests {
    use wasmtime::Config;

    use super::*;

    fn key(config: &Config) -> Key {
        let engine = EngineKey::of(&Engine::new(config).unwrap());
        Key { engine, component: Digest::from([7; 32]) }
    }

    #[test]
    fn the_same_engine_has_the_same_key_and_other_settings_have_another() {
        let usual = key(&Config::new()).file_name();
        assert_eq!(usual, key(&Config::new()).file_name());
        let names = [
            key(Config::new().epoch_interruption(true)),
            key(Config::new().cranelift_opt_level(wasmtime::OptLevel::None)),
            key(Config::new().generate_address_map(false)),
            key(Config::new().native_unwind_info(false)),
        ]
        .map(|key| key.file_name());
        for (index, name) in names.iter().enumerate() {
            assert_ne!(*name, usual, "{index}");
            assert!(!names[..index].contains(name), "{index}");
        }
    }

    #[test]
    fn what_was_written_is_verified_and_another_engine_does_not_take_it() {
        let (ours, other) = (key(&Config::new()), key(Config::new().epoch_interruption(true)));
        let entry = [&ours.head(b"code")[..], b"code"].concat();
        assert_eq!(ours.verify(&entry).map(|verified| verified.code().to_vec()), Ok(b"code".to_vec()));
        assert_eq!(other.verify(&entry).map(|_| ()), Err(Damage::Head));
    }

    /// Flips every bit of a small entry.
    #[test]
    fn no_bit_can_be_flipped() {
        let ours = key(&Config::new());
        let whole = [&ours.head(b"code")[..], b"code"].concat();
        for bit in 0..whole.len() * 8 {
            let mut entry = whole.clone();
            entry[bit / 8] ^= 1 << (bit % 8);
            assert!(ours.verify(&entry).is_err(), "{bit}");
        }
    }
}
