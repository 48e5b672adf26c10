//! Which keys an operator trusts, and what for.

use std::fmt;

use semver::Version;

#[cfg(feature = "signatures")]
use crate::error::SignatureProblem;
use crate::public_key::PublicKey;

/// A key that an operator trusts: for whatever it signed, or for a connector of a name, from a version on.
///
/// Without a name an old file of the key passes, and so does another connector of its. Name and version stand in the signature's
/// trusted comment, which the key signs with it: `minisign -S -t "name:wdt-flagship version:1.4.0" -m connector.wasm`.
///
/// ```
/// use stockbridge::gate::{PublicKey, TrustedKey};
///
/// fn trusted(key: PublicKey) -> Result<TrustedKey, Box<dyn std::error::Error>> {
///     Ok(TrustedKey::from(key).named("wdt-flagship").from_version("1.4.0".parse()?))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    pub(crate) key: PublicKey,
    pub(crate) name: Option<String>,
    pub(crate) version: Option<Version>,
}

impl TrustedKey {
    /// Only for what its trusted comment calls so.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> TrustedKey {
        self.name = Some(name.into());
        self
    }

    /// Only for what its trusted comment gives this version (SemVer 2.0), or a later one.
    #[must_use]
    pub fn from_version(mut self, least: Version) -> TrustedKey {
        self.version = Some(least);
        self
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The one name that it is trusted for, if it is not trusted for whatever it signed.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The least version that it is trusted for, if there is one.
    #[must_use]
    pub fn least_version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// Whether the key signed this for what it is trusted for.
    #[cfg(feature = "signatures")]
    pub(crate) fn covers(&self, comment: &str) -> Result<(), SignatureProblem> {
        let said = |key: &str| comment.split_whitespace().find_map(|word| word.strip_prefix(key));
        let told = |said: Option<&str>| said.unwrap_or("none").to_owned();
        if let Some(name) = self.name.as_ref().filter(|name| said("name:") != Some(name.as_str())) {
            return Err(SignatureProblem::OtherName { found: told(said("name:")), trusted: name.clone() });
        }
        let is_older = |least: &&Version| {
            let version = said("version:").and_then(|version| version.parse::<Version>().ok());
            version.is_none_or(|version| version.cmp_precedence(least).is_lt())
        };
        match self.version.as_ref().filter(is_older) {
            Some(least) => Err(SignatureProblem::Older { found: told(said("version:")), trusted: least.to_string() }),
            None => Ok(()),
        }
    }
}

/// For whatever it signed.
impl From<PublicKey> for TrustedKey {
    fn from(key: PublicKey) -> TrustedKey {
        TrustedKey { key, name: None, version: None }
    }
}

/// `RWQ… for wdt-flagship from 1.4.0`
impl fmt::Display for TrustedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(formatter)?;
        if let Some(name) = &self.name {
            write!(formatter, " for {name}")?;
        }
        if let Some(version) = &self.version {
            write!(formatter, " from {version}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_key_covers_what_the_trusted_comment_says_that_it_is_for() {
        let public = STANDARD.encode([b"Ed".as_slice(), &[7; 40]].concat());
        let key = || TrustedKey::from(public.parse::<PublicKey>().unwrap());
        let least = |version: &str| version.parse::<Version>().unwrap();
        for (trusted, comment, covers) in [
            (key(), "", true),
            (key(), "timestamp:1\tfile:x.wasm\thashed", true),
            (key().named("a"), "timestamp:1\tname:a\tversion:1.0.0", true),
            (key().named("a"), "name:b", false),
            (key().named("a"), "name:ab", false),
            (key().named("a"), "filename:a", false),
            (key().named("a"), "timestamp:1 file:a", false),
            (key().from_version(least("1.4.0")), "name:a version:1.4.0", true),
            (key().from_version(least("1.4.0")), "version:1.10.0", true),
            (key().from_version(least("1.4.0")), "version:1.4.0+build.7", true),
            (key().from_version(least("1.4.0")), "version:1.4.0-rc.1", false),
            (key().from_version(least("1.4.0")), "version:1.3.9", false),
            (key().from_version(least("1.4.0")), "version:latest", false),
            (key().from_version(least("1.4.0")), "name:a", false),
            // The first one counts: nothing that is written behind it.
            (key().named("a"), "name:b name:a", false),
        ] {
            assert_eq!(trusted.covers(comment).is_ok(), covers, "{trusted}: {comment}");
        }
    }
}
