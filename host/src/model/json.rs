//! JSON that this crate keeps as it came.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value as its text, with the provider's own digits and quotes.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// The value, if the text is one JSON value and nothing more, nested no deeper than 128 lists and objects.
    #[must_use]
    pub fn parse(text: impl Into<String>) -> Option<Json> {
        let text = text.into();
        stockbridge_json::is_value(&text).then_some(Json(text))
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
