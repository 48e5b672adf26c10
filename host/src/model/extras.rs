//! What a provider has and this crate has no type for.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value as its text, with the provider's own digits and quotes.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// The value, if the text is one JSON value and nothing more.
    #[must_use]
    pub fn parse(text: impl Into<String>) -> Option<Json> {
        let checked = RawValue::from_string(text.into()).ok()?;
        Some(Json(Box::<str>::from(checked).into_string()))
    }

    /// A text as a JSON string.
    #[must_use]
    pub fn text(text: &str) -> Json {
        Json(serde_json::Value::from(text).to_string())
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Json(Box::<str>::from(raw).into_string()))
    }
}

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
