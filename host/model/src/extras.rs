//! Provider-specific fields, for which this crate has no type.

use std::collections::{BTreeMap, btree_map};

use serde::{Deserialize, Serialize};

use super::{Invalid, Json};

/// Provider-specific fields under the provider's own names. A JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extras(BTreeMap<String, Json>);

impl Extras {
    /// No fields.
    #[must_use]
    pub fn new() -> Extras {
        Extras::default()
    }

    /// Adds a field, replacing one of the same name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Extras {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Value of the field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// All fields, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, V: Into<Json>> FromIterator<(N, V)> for Extras {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Extras {
        Extras(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<N: Into<String>, V: Into<Json>, const LENGTH: usize> From<[(N, V); LENGTH]> for Extras {
    fn from(fields: [(N, V); LENGTH]) -> Extras {
        fields.into_iter().collect()
    }
}

impl From<BTreeMap<String, Json>> for Extras {
    fn from(fields: BTreeMap<String, Json>) -> Extras {
        Extras(fields)
    }
}

impl From<serde_json::Map<String, serde_json::Value>> for Extras {
    fn from(fields: serde_json::Map<String, serde_json::Value>) -> Extras {
        fields.into_iter().collect()
    }
}

/// Takes the fields of a JSON object.
impl TryFrom<serde_json::Value> for Extras {
    type Error = Invalid;

    fn try_from(value: serde_json::Value) -> Result<Extras, Invalid> {
        match value {
            serde_json::Value::Object(fields) => Ok(fields.into()),
            _ => Err(Invalid { path: "extras".to_owned(), problem: "is not a JSON object".to_owned() }),
        }
    }
}

impl IntoIterator for Extras {
    type Item = (String, Json);
    type IntoIter = btree_map::IntoIter<String, Json>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
