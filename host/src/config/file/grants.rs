//! What an account is granted to reach, as a configuration file says.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Reader, Value};
use crate::config::ConfigError;
use crate::egress::{AddressKind, Grant};

const GRANT_KEYS: [&str; 2] = ["origin", "addresses"];
impl Reader<'_> {
    /// Origins: each a text, or a table that says at what addresses it may be.
    pub(super) fn grants(&self, field: &str, value: &Value<'_>) -> Vec<Grant> {
        let entries = self.noted(self.list(field, value)).unwrap_or_default();
        let grant = |entry: &Value<'_>| match entry.get_ref() {
            DeValue::Table(table) => self.grant(field, &entry.span(), table),
            _ => self.string(field, entry).map(Grant::from),
        };
        entries.iter().filter_map(|entry| self.noted(grant(entry))).collect()
    }

    fn grant(&self, field: &str, span: &Range<usize>, table: &DeTable<'_>) -> Result<Grant, ConfigError> {
        if let Some((key, _)) = table.iter().find(|(key, _)| !GRANT_KEYS.contains(&key.get_ref().as_ref())) {
            return Err(self.unknown(&format!("{field}.{}", key.get_ref()), key.span(), &GRANT_KEYS));
        }
        let origin = table.get("origin").ok_or_else(|| {
            self.wrong(field, span, "names no origin", "write { origin = \"http://…\", addresses = [\"…\"] }")
        })?;
        let grant = Grant::from(self.string(&format!("{field}.origin"), origin)?);
        let Some(addresses) = table.get("addresses") else { return Ok(grant) };
        let field = format!("{field}.addresses");
        let kinds: Vec<AddressKind> = self
            .list(&field, addresses)?
            .iter()
            .map(|kind| {
                let known = AddressKind::ALL.map(AddressKind::name).join(", ");
                AddressKind::named(self.string(&field, kind)?).ok_or_else(|| {
                    self.wrong(&field, &kind.span(), "is no kind of address", format!("write one of {known}"))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(grant.addresses(kinds))
    }
}
