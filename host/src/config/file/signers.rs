//! Who must have signed a component, as a configuration file says.

use super::{Reader, Value};
use crate::gate::PublicKey;

impl Reader<'_> {
    /// Public keys, one at least: an empty list would look like a demand and be none.
    pub(super) fn keys(&self, field: &str, value: &Value<'_>) -> Vec<PublicKey> {
        let Some(keys) = self.noted(self.list(field, value)) else { return Vec::new() };
        if keys.is_empty() {
            self.noted::<()>(Err(self.wrong(field, &value.span(), "names no key", "name one, or leave it out")));
        }
        keys.iter().filter_map(|key| self.noted(self.written(field, key))).collect()
    }
}
