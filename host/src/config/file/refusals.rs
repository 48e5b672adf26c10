//! Texts that a provider refuses by, as a configuration file says.

use std::sync::Arc;

use toml::de::DeTable;

use super::{Reader, Value};
use crate::config::RefusalRule;
use crate::error::ConfigError;

const KEYS: [&str; 3] = ["operation", "code", "text"];
const FIX: &str = "write { operation = \"transfer\", code = \"100\", text = \"…\" }";

impl Reader<'_> {
    pub(super) fn refusals(&self, field: &str, value: &Value<'_>) -> Arc<[RefusalRule]> {
        let rules = self.noted(self.list(field, value)).unwrap_or_default();
        rules.iter().filter_map(|rule| self.noted(self.refusal(field, rule))).collect()
    }

    fn refusal(&self, field: &str, value: &Value<'_>) -> Result<RefusalRule, ConfigError> {
        let table: &DeTable<'_> = self.table(field, value)?;
        for (key, _) in table.iter() {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                return Err(self.unknown(&format!("{field}.{}", key.get_ref()), key.span(), &KEYS));
            }
        }
        let part = |name: &str| match table.get(name) {
            Some(part) => self.string(&format!("{field}.{name}"), part),
            None => Err(self.wrong(&format!("{field}.{name}"), &value.span(), "is missing", FIX)),
        };
        RefusalRule::new(part("operation")?, part("code")?, part("text")?)
            .map_err(|problem| self.wrong(field, &value.span(), format!("is no rule: {problem}"), FIX))
    }
}
