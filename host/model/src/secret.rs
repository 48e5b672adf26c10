//! Secrets: values that cannot be printed and that leave no copy behind.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A secret's bytes. It has no way to print them, and wipes them when the last copy goes.
///
/// [`Secret::new`] takes any bytes as they are. One that a configuration file takes from the environment or from a file is
/// text on one line, by the rule of `stockbridge::config`: what editors put around it is cut off, and what does not belong into
/// a secret is refused.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<Vec<u8>>>);

impl Secret {
    /// A secret of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Secret {
        Secret(Arc::new(Zeroizing::new(bytes.into())))
    }

    /// Whether it has the same bytes. Only for secrets that the operator gave both: the time that it takes tells how many
    /// bytes agree.
    #[must_use]
    pub fn has_the_bytes_of(&self, other: &Secret) -> bool {
        self.expose() == other.expose()
    }

    /// Its bytes. The caller leaves no copy behind and prints none.
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
