//! The keys that operators trust.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A minisign public key, as the second line of a `minisign.pub` has it: `RWQ…`.
#[derive(Clone)]
pub struct PublicKey {
    text: String,
    key: minisign_verify::PublicKey,
}

impl PublicKey {
    /// Whether it made a signature over these bytes.
    pub(crate) fn verify(
        &self,
        signed: &[u8],
        signature: &minisign_verify::Signature,
    ) -> Result<(), minisign_verify::Error> {
        self.key.verify(signed, signature, false)
    }

    /// Its number, as minisign shows it.
    pub(crate) fn id(&self) -> String {
        number_of(&self.text).unwrap_or_default()
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

/// A key's number, which stands in its signatures too, as minisign shows it.
pub(crate) fn number_of(base64: &str) -> Option<String> {
    let bytes = STANDARD.decode(base64.trim()).ok()?;
    let id: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
    Some(format!("{:016X}", u64::from_le_bytes(id)))
}
