//! JSON values kept as their original text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value kept as text, with the provider's own digits and quotes.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// Parses a text that is exactly one JSON value, nested at most 128 lists and objects deep.
    #[must_use]
    pub fn parse(text: impl Into<String>) -> Option<Json> {
        let text = text.into();
        stockbridge_json::is_value(&text).then_some(Json(text))
    }

    /// Encodes a text as a JSON string.
    #[must_use]
    pub fn text(text: &str) -> Json {
        Json(serde_json::Value::from(text).to_string())
    }

    /// Whether [`Json::parse`] would accept it.
    pub(super) fn is_valid(&self) -> bool {
        stockbridge_json::is_value(&self.0)
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a JSON value, or it is nested deeper than 128 lists and objects")]
pub struct BadJson;

impl FromStr for Json {
    type Err = BadJson;

    fn from_str(text: &str) -> Result<Json, BadJson> {
        Json::parse(text).ok_or(BadJson)
    }
}

/// The value may be nested deeper than [`Json::parse`] allows: an order that carries such a one is refused.
impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Json {
        Json(value.to_string())
    }
}

impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Json {
        Json(value.to_string())
    }
}

/// Keeps the digits of a number where serde_json's own number can hold them.
impl From<Json> for serde_json::Value {
    fn from(json: Json) -> serde_json::Value {
        // Always JSON, and shallow enough to be read.
        serde_json::from_str(&json.0).unwrap_or_default()
    }
}

macro_rules! from_scalar {
    ($($scalar:ty),+) => {
        $(impl From<$scalar> for Json {
            fn from(scalar: $scalar) -> Json {
                Json(scalar.to_string())
            }
        })+
    };
}

from_scalar!(bool, i32, u32, i64, u64);

/// Encodes a number with all its digits.
impl From<rust_decimal::Decimal> for Json {
    fn from(figure: rust_decimal::Decimal) -> Json {
        Json(figure.to_string())
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
