//! What a provider has and this crate has no type for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Json;

/// Fields under the provider's own names. In JSON, an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extras(BTreeMap<String, Json>);

impl Extras {
    /// None.
    #[must_use]
    pub fn new() -> Extras {
        Extras::default()
    }

    /// With one more field, which takes the place of one of the same name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: Json) -> Extras {
        self.0.insert(name.into(), value);
        self
    }

    /// The field's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// All fields, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Json)> for Extras {
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(fields: I) -> Extras {
        Extras(fields.into_iter().collect())
    }
}
