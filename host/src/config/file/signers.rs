//! Who must have signed a component, as a configuration file says.

use toml::de::{DeTable, DeValue};

use super::{Reader, Value};
use crate::config::TrustedKey;
use crate::error::ConfigError;
use crate::public_key::PublicKey;

const KEY_KEYS: [&str; 3] = ["key", "name", "version"];

impl Reader<'_> {
    /// Public keys, one at least: an empty list would look like a demand and be none. Each is a text, or a table that says what it
    /// is trusted for.
    pub(super) fn keys(&self, field: &str, value: &Value<'_>) -> Vec<TrustedKey> {
        let Some(keys) = self.noted(self.list(field, value)) else { return Vec::new() };
        if keys.is_empty() {
            self.noted::<()>(Err(self.wrong(field, &value.span(), "names no key", "name one, or leave it out")));
        }
        let read = |key: &Value<'_>| match key.get_ref() {
            DeValue::Table(table) => self.trusted_key(field, key, table),
            _ => self.written::<PublicKey>(field, key).map(TrustedKey::from),
        };
        keys.iter().filter_map(|key| self.noted(read(key))).collect()
    }

    fn trusted_key(&self, field: &str, value: &Value<'_>, table: &DeTable<'_>) -> Result<TrustedKey, ConfigError> {
        let key = table.get("key").ok_or_else(|| {
            self.wrong(
                field,
                &value.span(),
                "names no key",
                "write { key = \"RWQ…\", name = \"…\", version = \"1.0.0\" }",
            )
        })?;
        let mut trusted = TrustedKey::from(self.written::<PublicKey>(&format!("{field}.key"), key)?);
        for (key, value) in table.iter() {
            let field = format!("{field}.{}", key.get_ref());
            match key.get_ref().as_ref() {
                "key" => {}
                "name" => trusted = trusted.named(self.word(&field, value)?),
                "version" => {
                    let version = self.string(&field, value)?.parse().map_err(|error| {
                        let problem = format!("is no version ({error})");
                        self.wrong(&field, &value.span(), problem, "write one as SemVer has it, as in \"1.4.0\"")
                    })?;
                    trusted = trusted.from_version(version);
                }
                _ => return Err(self.unknown(&field, key.span(), &KEY_KEYS)),
            }
        }
        Ok(trusted)
    }

    /// A name as it can stand in a trusted comment, in which a blank ends it.
    fn word<'v>(&self, field: &str, value: &'v Value<'_>) -> Result<&'v str, ConfigError> {
        match self.string(field, value)? {
            name if name.is_empty() || name.contains(char::is_whitespace) => Err(self.wrong(
                field,
                &value.span(),
                "is no single word",
                "write the name as the trusted comment has it",
            )),
            name => Ok(name),
        }
    }
}
