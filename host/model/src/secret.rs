//! Secrets: values that cannot be printed and leave no copy behind.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A secret's bytes. They cannot be printed, and are wiped when the last clone is dropped.
///
/// [`Secret::new`] takes any bytes as they are. A secret that a configuration file takes from the environment or a file is one
/// line of text, by the rule of `stockbridge::config`: what editors add around it is trimmed, and characters that do not
/// belong in a secret are refused.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<Vec<u8>>>);

impl Secret {
    /// A secret with these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Secret {
        Secret(Arc::new(Zeroizing::new(bytes.into())))
    }

    /// Whether both have the same bytes. Only for two secrets that the operator gave: the comparison's duration reveals how
    /// many bytes agree.
    #[must_use]
    pub fn has_the_bytes_of(&self, other: &Secret) -> bool {
        self.expose() == other.expose()
    }

    /// The secret's bytes. The caller must leave no copy behind and print none.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret::new(text)
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Secret {
        Secret::new(bytes)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}
