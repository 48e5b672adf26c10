//! Identity of an account's application at its provider.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use super::Descriptor;

/// Identifier of an application at a provider. Accounts with the same one share rate limits, references and receipts.
///
/// A digest, since settings may come from the environment and must not appear in a file of the host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplicationId([u8; 16]);

impl ApplicationId {
    /// The application that a connector claims for an account, with the defaults of its settings filled in. Earlier versions
    /// trusted the claim. It is compared only to find accounts with the same claim; nothing is shared on its basis.
    #[must_use]
    pub fn claimed(descriptor: &Descriptor, settings: &BTreeMap<String, String>) -> ApplicationId {
        let mut names: Vec<_> = descriptor.application.iter().collect();
        names.sort();
        names.dedup();
        let settings = names.into_iter().filter_map(|name| settings.get_key_value(name));
        let settings = settings.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        ApplicationId(digest([descriptor.provider.as_str()].into_iter().chain(settings)))
    }

    /// Rebuilds an identifier from the bytes that [`ApplicationId::as_bytes`] returns.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> ApplicationId {
        ApplicationId(bytes)
    }

    /// The identifier's bytes, to be stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Digest of several texts. Each is preceded by its length, so that texts joined differently give different digests.
pub fn digest<'t>(texts: impl IntoIterator<Item = &'t str>) -> [u8; 16] {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text.len().to_be_bytes());
        digest.update(text);
    }
    let mut short = [0; 16];
    short.iter_mut().zip(digest.finalize()).for_each(|(byte, its)| *byte = its);
    short
}

impl fmt::Display for ApplicationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for ApplicationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for ApplicationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ApplicationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(|digits| ApplicationId(digits.to_be_bytes())).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(provider: &str, names: &[&str], settings: &[(&str, &str)]) -> ApplicationId {
        let descriptor = Descriptor {
            provider: provider.to_owned(),
            application: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Descriptor::default()
        };
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ApplicationId::claimed(&descriptor, &settings)
    }

    #[test]
    fn accounts_that_agree_in_the_settings_that_count_are_one_application() {
        let one = of("a", &["sid", "key"], &[("sid", "1"), ("key", "2"), ("page", "3")]);
        assert_eq!(one, of("a", &["key", "sid"], &[("sid", "1"), ("key", "2"), ("page", "4")]));
        assert_ne!(one, of("a", &["sid", "key"], &[("sid", "1"), ("key", "3")]));
        assert_ne!(one, of("b", &["sid", "key"], &[("sid", "1"), ("key", "2")]));
        assert_ne!(of("a", &["x", "y"], &[("x", "12"), ("y", "3")]), of("a", &["x", "y"], &[("x", "1"), ("y", "23")]));
        assert_ne!(of("a", &["x", "y"], &[("x", "1")]), of("a", &["x", "y"], &[("y", "1")]));
    }
}
