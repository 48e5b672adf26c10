//! Keys and signatures in minisign's format, by other code than the reader under test. Keys are new in each run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

/// Minisign's default comment.
const COMMENT: &str = "timestamp:1795282205\tfile:connector.wasm";

/// A key pair with its key id.
pub struct Signer {
    id: [u8; 8],
    pair: Ed25519KeyPair,
}

impl Signer {
    /// A new key pair.
    ///
    /// # Panics
    /// The system has no random numbers.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "no two are the same")]
    pub fn new() -> Signer {
        let random = SystemRandom::new();
        let mut id = [0; 8];
        random.fill(&mut id).unwrap();
        let pair = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Signer { id, pair: Ed25519KeyPair::from_pkcs8(pair.as_ref()).unwrap() }
    }

    /// The second line of `minisign.pub`.
    #[must_use]
    pub fn public(&self) -> String {
        STANDARD.encode([b"Ed", self.id.as_slice(), self.pair.public_key().as_ref()].concat())
    }

    /// The key id as minisign shows it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{:016X}", u64::from_le_bytes(self.id))
    }

    /// The `.minisig` of a file, over its hash.
    #[must_use]
    pub fn sign(&self, file: &[u8]) -> String {
        self.sign_as(file, COMMENT)
    }

    /// The same with this trusted comment.
    #[must_use]
    pub fn sign_as(&self, file: &[u8], comment: &str) -> String {
        self.minisig(b"ED", blake2b_simd::blake2b(file).as_bytes(), comment)
    }

    /// The same in the legacy format, over the file itself.
    #[must_use]
    pub fn sign_legacy(&self, file: &[u8]) -> String {
        self.minisig(b"Ed", file, COMMENT)
    }

    fn minisig(&self, algorithm: &[u8], signed: &[u8], comment: &str) -> String {
        let signature = self.pair.sign(signed);
        let whole = self.pair.sign(&[signature.as_ref(), comment.as_bytes()].concat());
        let line = STANDARD.encode([algorithm, self.id.as_slice(), signature.as_ref()].concat());
        format!(
            "untrusted comment: signature from minisign secret key\n{line}\ntrusted comment: {comment}\n{}\n",
            STANDARD.encode(whole.as_ref())
        )
    }
}
