//! JSON whose numbers keep their digits.
//!
//! Signatures are computed over digits and decimals must not pass through a float, so a number is its text here, when read
//! and when written. Members keep their order; a repeated member is refused.

use std::fmt::{self, Display, Formatter, Write as _};

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Maximum depth: parsing is recursive, and no gateway has a document half as deep.
const MAX_DEPTH: usize = 32;

/// One JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A number by its digits, as written.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Why a text is not JSON that this simulator parses.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotJson(String);

impl Json {
    /// Parses a whole text.
    pub(crate) fn parse(text: &str) -> Result<Json, NotJson> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| NotJson(error.to_string()))?;
        Json::from_raw(raw, MAX_DEPTH)
    }

    fn from_raw(raw: &RawValue, depth: usize) -> Result<Json, NotJson> {
        let text = raw.get();
        let inner = depth.checked_sub(1).ok_or_else(|| NotJson("nested too deeply".to_owned()))?;
        match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = read(text)?;
                let members = members.into_iter().map(|(name, raw)| Ok((name, Json::from_raw(raw, inner)?)));
                Ok(Json::Object(members.collect::<Result<_, NotJson>>()?))
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = read(text)?;
                let elements = elements.into_iter().map(|raw| Json::from_raw(raw, inner));
                Ok(Json::Array(elements.collect::<Result<_, NotJson>>()?))
            }
            Some(b'"') => Ok(Json::Text(read(text)?)),
            Some(b't') => Ok(Json::Bool(true)),
            Some(b'f') => Ok(Json::Bool(false)),
            Some(b'n') => Ok(Json::Null),
            _ => Ok(Json::Number(text.to_owned())),
        }
    }

    /// An object of these members, in this order.
    pub(crate) fn object<N: Into<String>, const M: usize>(members: [(N, Json); M]) -> Json {
        Json::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A decimal(19,4) as a number with its four places: `55.0000`.
    pub(crate) fn decimal(value: Decimal) -> Json {
        Json::Number(four_places(value))
    }

    /// A decimal(19,4) as a text with its four places: `"55.0000"`.
    pub(crate) fn decimal_text(value: Decimal) -> Json {
        Json::Text(four_places(value))
    }

    /// The member with that name, if this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(member, _)| member == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// A quantity as the vendors print a decimal(19,4).
pub(crate) fn four_places(value: Decimal) -> String {
    let mut value = value;
    value.rescale(4);
    value.to_string()
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, NotJson> {
    serde_json::from_str(text).map_err(|error| NotJson(error.to_string()))
}

/// The members of an object, not yet parsed.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(String, &'de RawValue)> = Vec::new();
                let mut names = std::collections::BTreeSet::new();
                while let Some((name, raw)) = map.next_entry::<String, &'de RawValue>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom(format!("member `{name}` twice")));
                    }
                    members.push((name, raw));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

impl Display for Json {
    /// Compact, non-ASCII raw.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(digits) => f.write_str(digits),
            Json::Text(text) => write_text(f, text),
            Json::Array(elements) => {
                f.write_char('[')?;
                for (index, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if index == 0 { "" } else { "," })?;
                }
                f.write_char(']')
            }
            Json::Object(members) => {
                f.write_char('{')?;
                for (index, (name, value)) in members.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    write_text(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn write_text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        Json::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Json {
        Json::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Json {
        Json::Number(value.to_string())
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Json {
        Json::Number(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let text = r#"{"num":10.5000,"big":12345678901234567890.1230,"list":[1e3,-0]}"#;
        assert_eq!(Json::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn a_repeated_member_is_refused() {
        assert!(Json::parse(r#"{"a":1,"a":2}"#).is_err());
    }

    #[test]
    fn text_nested_without_end_is_refused_and_does_not_overflow_the_stack() {
        assert!(Json::parse(&"[".repeat(200_000)).is_err());
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Json::parse(&nested).unwrap_err().to_string(), "nested too deeply");
    }

    #[test]
    fn control_characters_are_escaped_and_chinese_is_not() {
        assert_eq!(Json::from("是\t良\u{1}").to_string(), "\"是\\t良\\u0001\"");
    }
}
