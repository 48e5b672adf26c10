//! Reads the members of a JSON object by the rules of a vendor's page: required, type, length, range.
//!
//! Errors give the problem and its place; each gateway words them as its provider does. A member that was never requested
//! is unknown, so that a misspelt field is noticed.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::china_time;
use crate::json::Json;

/// A problem with a field. The path is as a person would write it: `items[0].lock_quantity`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldError {
    #[error("{0} is missing")]
    Missing(String),
    #[error("{0} is not a field")]
    Unknown(String),
    #[error("{path} is not {expected}")]
    Type { path: String, expected: &'static str },
    #[error("{path} is longer than {limit} characters")]
    Length { path: String, limit: usize },
    #[error("{path} is not a number: {text}")]
    Number { path: String, text: String },
    #[error("{0} is out of range")]
    Range(String),
}

impl FieldError {
    /// Path of the field.
    pub(crate) fn path(&self) -> &str {
        match self {
            FieldError::Missing(path) | FieldError::Unknown(path) | FieldError::Range(path) => path,
            FieldError::Type { path, .. } | FieldError::Length { path, .. } | FieldError::Number { path, .. } => path,
        }
    }

    /// The bare name of the field.
    pub(crate) fn name(&self) -> &str {
        self.path().rsplit('.').next().unwrap_or_default()
    }
}

/// The members of one object, requested by name.
pub(crate) struct Fields<'a> {
    path: String,
    members: &'a [(String, Json)],
    requested: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The members of `json`, which must be an object. The path is empty for the outermost one.
    pub(crate) fn of(json: &'a Json, path: &str) -> Result<Fields<'a>, FieldError> {
        match json {
            Json::Object(members) => Ok(Fields { path: path.to_owned(), members, requested: Vec::new() }),
            _ => Err(FieldError::Type { path: path.to_owned(), expected: "an object" }),
        }
    }

    /// A field that may be left out or null.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value<'a>) -> Result<T, FieldError>,
    ) -> Result<Option<T>, FieldError> {
        self.requested.push(name);
        let member = self.members.iter().find(|(own, json)| own == name && *json != Json::Null);
        member.map(|(_, json)| read(Value { path: self.path_of(name), json })).transpose()
    }

    /// A field that must be present.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value<'a>) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        let path = self.path_of(name);
        self.optional(name, read)?.ok_or(FieldError::Missing(path))
    }

    /// Call when all fields were requested: any other is unknown.
    pub(crate) fn finish(self) -> Result<(), FieldError> {
        match self.members.iter().find(|(name, _)| !self.requested.contains(&name.as_str())) {
            Some((name, _)) => Err(FieldError::Unknown(self.path_of(name))),
            None => Ok(()),
        }
    }

    /// The members that are text, number or boolean, as sent, for a document.
    pub(crate) fn scalars(&self) -> BTreeMap<String, String> {
        let scalar = |json: &Json| match json {
            Json::Text(text) | Json::Number(text) => Some(text.clone()),
            Json::Bool(value) => Some(value.to_string()),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        };
        self.members.iter().filter_map(|(name, json)| Some((name.clone(), scalar(json)?))).collect()
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// The value of one field, read as the type on the page.
pub(crate) struct Value<'a> {
    path: String,
    json: &'a Json,
}

impl<'a> Value<'a> {
    /// A text of at most `limit` characters.
    pub(crate) fn text(self, limit: usize) -> Result<String, FieldError> {
        match self.json {
            Json::Text(text) if text.chars().count() <= limit => Ok(text.clone()),
            Json::Text(_) => Err(FieldError::Length { path: self.path, limit }),
            _ => Err(self.wrong("a text")),
        }
    }

    /// A text that must not be empty: an empty one counts as missing.
    pub(crate) fn filled(self, limit: usize) -> Result<String, FieldError> {
        let path = self.path.clone();
        self.text(limit).and_then(|text| if text.is_empty() { Err(FieldError::Missing(path)) } else { Ok(text) })
    }

    /// A text, or a number by its digits, for fields whose type differs between pages and samples.
    pub(crate) fn text_or_number(self, limit: usize) -> Result<String, FieldError> {
        match self.json {
            Json::Number(digits) => Ok(digits.clone()),
            _ => self.filled(limit),
        }
    }

    /// The result of `parse` on a text that is not empty.
    pub(crate) fn parsed<T>(self, limit: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, FieldError> {
        let path = self.path.clone();
        parse(&self.filled(limit)?).ok_or(FieldError::Range(path))
    }

    /// A `yyyy-MM-dd`.
    pub(crate) fn date(self) -> Result<String, FieldError> {
        match self.json {
            Json::Text(text) if china_time::is_date(text) => Ok(text.clone()),
            _ => Err(self.wrong("a date")),
        }
    }

    /// A whole number, as a JSON number or as a text of digits: the vendors' samples quote theirs.
    pub(crate) fn integer(self) -> Result<i64, FieldError> {
        let digits = self.digits()?;
        digits.parse().map_err(|_| FieldError::Number { path: self.path, text: digits })
    }

    /// A whole number of at least 1, as a JSON number only.
    pub(crate) fn bare_count(self) -> Result<i64, FieldError> {
        match self.json {
            Json::Number(_) => self.integer_in(1..=i64::MAX),
            _ => Err(self.wrong("a number")),
        }
    }

    /// A whole number within a range.
    pub(crate) fn integer_in(self, range: RangeInclusive<i64>) -> Result<i64, FieldError> {
        let path = self.path.clone();
        let value = self.integer()?;
        if range.contains(&value) { Ok(value) } else { Err(FieldError::Range(path)) }
    }

    /// One of these whole numbers.
    pub(crate) fn integer_of(self, values: &[i64]) -> Result<i64, FieldError> {
        let path = self.path.clone();
        let value = self.integer()?;
        if values.contains(&value) { Ok(value) } else { Err(FieldError::Range(path)) }
    }

    /// A decimal(19,4): at most 15 digits before the point and 4 after it.
    pub(crate) fn decimal(self) -> Result<Decimal, FieldError> {
        let digits = self.digits()?;
        match decimal(&digits) {
            Some(value) => Ok(value),
            None => Err(FieldError::Number { path: self.path, text: digits }),
        }
    }

    /// A decimal(19,4) that satisfies `is_right`.
    pub(crate) fn decimal_where(self, is_right: impl FnOnce(Decimal) -> bool) -> Result<Decimal, FieldError> {
        let path = self.path.clone();
        let value = self.decimal()?;
        if is_right(value) { Ok(value) } else { Err(FieldError::Range(path)) }
    }

    /// A boolean: `true`, or 0 and 1 in either spelling.
    pub(crate) fn flag(self) -> Result<bool, FieldError> {
        match self.json {
            Json::Bool(value) => Ok(*value),
            _ => self.integer_in(0..=1).map(|value| value == 1),
        }
    }

    /// An object.
    pub(crate) fn fields(self) -> Result<Fields<'a>, FieldError> {
        Fields::of(self.json, &self.path)
    }

    /// The objects of an array.
    pub(crate) fn list(self) -> Result<Vec<Fields<'a>>, FieldError> {
        let Json::Array(elements) = self.json else {
            return Err(self.wrong("an array"));
        };
        let element = |(index, json)| Fields::of(json, &format!("{}[{index}]", self.path));
        elements.iter().enumerate().map(element).collect()
    }

    /// The texts of an array, each of at most `limit` characters.
    pub(crate) fn texts(self, limit: usize) -> Result<Vec<String>, FieldError> {
        let Json::Array(elements) = self.json else {
            return Err(self.wrong("an array"));
        };
        let element = |(index, json)| Value { path: format!("{}[{index}]", self.path), json }.text(limit);
        elements.iter().enumerate().map(element).collect()
    }

    fn digits(&self) -> Result<String, FieldError> {
        match self.json {
            Json::Number(digits) | Json::Text(digits) => Ok(digits.clone()),
            _ => Err(FieldError::Type { path: self.path.clone(), expected: "a number" }),
        }
    }

    fn wrong(self, expected: &'static str) -> FieldError {
        FieldError::Type { path: self.path, expected }
    }
}

/// A decimal(19,4) in plain digits.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let plain = |part: &str, limit| (1..=limit).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if plain(whole, 15) && plain(fraction, 4) { Decimal::from_str(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_fifteen_digits_before_the_point_and_four_after_it() {
        assert_eq!(decimal("123456789012345.1234").unwrap().to_string(), "123456789012345.1234");
        for text in ["1234567890123456", "1.23456", "1e3", "", ".5", "1.", "+1", " 1", "--1", "１"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn a_misspelt_field_is_unknown_and_named_by_its_path() {
        let json = Json::parse(r#"{"spec_no":"a","nmu":1}"#).unwrap();
        let mut fields = Fields::of(&json, "detail_list[0]").unwrap();
        fields.required("spec_no", |value| value.filled(40)).unwrap();
        let error = fields.finish().unwrap_err();
        assert_eq!((error.path(), error.name()), ("detail_list[0].nmu", "nmu"));
    }

    #[test]
    fn a_length_counts_characters() {
        let json = Json::parse(r#"{"name":"旺店通"}"#).unwrap();
        let mut fields = Fields::of(&json, "").unwrap();
        assert!(fields.required("name", |value| value.text(3)).is_ok());
        let error = fields.required("name", |value| value.text(2)).unwrap_err();
        assert_eq!(error, FieldError::Length { path: "name".to_owned(), limit: 2 });
    }
}
