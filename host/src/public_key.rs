//! Public keys that operators trust.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "signatures")]
use base64::Engine as _;
#[cfg(feature = "signatures")]
use base64::engine::general_purpose::STANDARD;

/// A minisign public key, as in the second line of a `minisign.pub`: `RWQ…`.
#[derive(Clone)]
pub struct PublicKey {
    text: String,
    #[cfg(feature = "signatures")]
    key: minisign_verify::PublicKey,
}

#[cfg(feature = "signatures")]
impl PublicKey {
    /// Verifies that this key made a signature over these bytes.
    pub(crate) fn verify(
        &self,
        signed: &[u8],
        signature: &minisign_verify::Signature,
    ) -> Result<(), minisign_verify::Error> {
        self.key.verify(signed, signature, false)
    }

    fn read(text: &str) -> Option<PublicKey> {
        let key = minisign_verify::PublicKey::from_base64(text).ok()?;
        Some(PublicKey { text: text.to_owned(), key })
    }

    /// Its number, in the format of minisign.
    pub(crate) fn id(&self) -> String {
        number_of(&self.text).unwrap_or_default()
    }
}

#[cfg(not(feature = "signatures"))]
impl PublicKey {
    /// Rejects every key: without verification, no component may count as signed.
    fn read(_: &str) -> Option<PublicKey> {
        None
    }
}

impl FromStr for PublicKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<PublicKey, BadKey> {
        PublicKey::read(text).ok_or(BadKey)
    }
}

/// The error for a text that is not a minisign public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "signatures",
    error("is no minisign public key; write the second line of a minisign.pub, as in \"RWQ…\"")
)]
#[cfg_attr(
    not(feature = "signatures"),
    error(
        "is a key of a signature, and this program was built without the feature `signatures` of the crate `stockbridge`; \
         build it with that"
    )
)]
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

#[cfg(feature = "signatures")]
/// A key's number, which its signatures contain, too, in the format of minisign.
pub(crate) fn number_of(base64: &str) -> Option<String> {
    let bytes = STANDARD.decode(base64.trim()).ok()?;
    let id: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
    Some(format!("{:016X}", u64::from_le_bytes(id)))
}
