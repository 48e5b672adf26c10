//! What an account is granted to reach, as a configuration file says.

use std::ops::Range;

use stockbridge_egress::{AddressKind, GrantSpec, ReadRule};
use toml::de::{DeTable, DeValue};

use super::{Reader, Value};
use crate::error::ConfigError;

const GRANT_KEYS: [&str; 3] = ["origin", "addresses", "reads"];

impl Reader<'_> {
    /// Origins: each a text, or a table that says at what addresses it may be.
    pub(super) fn grants(&self, field: &str, value: &Value<'_>) -> Vec<GrantSpec> {
        let entries = self.noted(self.list(field, value)).unwrap_or_default();
        let grant = |entry: &Value<'_>| match entry.get_ref() {
            DeValue::Table(table) => self.grant(field, &entry.span(), table),
            _ => self.string(field, entry).map(GrantSpec::from),
        };
        entries.iter().filter_map(|entry| self.noted(grant(entry))).collect()
    }

    fn grant(&self, field: &str, span: &Range<usize>, table: &DeTable<'_>) -> Result<GrantSpec, ConfigError> {
        if let Some((key, _)) = table.iter().find(|(key, _)| !GRANT_KEYS.contains(&key.get_ref().as_ref())) {
            return Err(self.unknown(&format!("{field}.{}", key.get_ref()), key.span(), &GRANT_KEYS));
        }
        let origin = table.get("origin").ok_or_else(|| {
            self.wrong(field, span, "names no origin", "write { origin = \"http://…\", addresses = [\"…\"] }")
        })?;
        let mut grant = GrantSpec::from(self.string(&format!("{field}.origin"), origin)?);
        if let Some(addresses) = table.get("addresses") {
            grant = grant.addresses(self.kinds(&format!("{field}.addresses"), addresses)?);
        }
        if let Some(reads) = table.get("reads") {
            let field = format!("{field}.reads");
            let rules = self.list(&field, reads)?.iter().map(|rule| self.written::<ReadRule>(&field, rule));
            grant = grant.reads(rules.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(grant)
    }

    fn kinds(&self, field: &str, addresses: &Value<'_>) -> Result<Vec<AddressKind>, ConfigError> {
        let kind = |kind: &Value<'_>| {
            let known = AddressKind::ALL.map(AddressKind::name).join(", ");
            AddressKind::named(self.string(field, kind)?).ok_or_else(|| {
                self.wrong(field, &kind.span(), "is no kind of address", format!("write one of {known}"))
            })
        };
        self.list(field, addresses)?.iter().map(kind).collect()
    }
}
