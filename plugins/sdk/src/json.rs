//! JSON without loss: a provider's figure keeps its digits, and a row keeps its bytes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;

use crate::reader::{Raw, Read, ReadError, Reader};
use crate::{Error, Refused};

/// A scalar that providers write sometimes as a string and sometimes as a number: `"55.0000"`, `55.0000`. Null is the empty
/// text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scalar<'a>(pub Cow<'a, str>);

impl Scalar<'_> {
    /// The scalar's text; for a number, its digits as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a code that reports a refusal: a whole number other than 0, or a word. Any other value, such as
    /// `true`, `0.0` and `+0`, proves nothing, and may as well report success.
    #[must_use]
    pub fn refuses(&self) -> bool {
        let digits = self.0.strip_prefix('-').unwrap_or(&self.0);
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.bytes().any(|byte| byte != b'0');
        let word = self.0.starts_with(|first: char| first.is_ascii_alphabetic());
        number || (word && !matches!(&*self.0, "true" | "false"))
    }

    /// The text, or none if empty.
    #[must_use]
    pub fn filled(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.into_owned())
    }

    /// The figure, or none if empty.
    ///
    /// # Errors
    /// The value is not a decimal, or has more digits than the contract can represent.
    pub fn figure(self, field: &str) -> Result<Option<String>, Error> {
        let Some(text) = self.filled() else { return Ok(None) };
        if crate::decimal::is_exact(&text) {
            return Ok(Some(text));
        }
        crate::decimal::plain(&text)
            .map(Some)
            .ok_or_else(|| Error::malformed(format!("{field} is `{text}`, which is not a figure of at most 28 digits")))
    }

    /// The flag, or none if empty: 1 and 0 are accepted as well as the words.
    ///
    /// # Errors
    /// The value is neither.
    pub fn flag(&self, field: &str) -> Result<Option<bool>, Error> {
        match self.0.trim() {
            "" => Ok(None),
            "1" => Ok(Some(true)),
            "0" => Ok(Some(false)),
            word if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
            word if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
            other => Err(Error::malformed(format!("{field} is `{other}`, which is neither yes nor no"))),
        }
    }

    /// The time in Asia/Shanghai, in milliseconds since the Unix epoch; none if empty, or a time of all zeros.
    ///
    /// # Errors
    /// The value is not a time.
    pub fn time(&self, field: &str) -> Result<Option<i64>, Error> {
        let text = self.0.trim();
        if text.is_empty() || text.starts_with("0000-00-00") {
            return Ok(None);
        }
        crate::china_time::parse(text)
            .map(Some)
            .ok_or_else(|| Error::malformed(format!("{field} is `{text}`, which is not a time")))
    }

    /// The count, or none if empty.
    ///
    /// # Errors
    /// The value is not a whole number of 0 or more.
    pub fn count(&self, field: &str) -> Result<Option<u64>, Error> {
        let text = self.0.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let plain = text.parse().ok().or_else(|| {
            let plain = crate::decimal::plain(text)?;
            crate::decimal::whole(field, &plain).ok()?.parse().ok()
        });
        plain.map(Some).ok_or_else(|| Error::malformed(format!("{field} is `{text}`, which is not a count")))
    }
}

impl<'a> Read<'a> for Scalar<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Scalar<'a>, ReadError> {
        match reader.peek()? {
            b'"' => reader.read().map(Scalar),
            b'{' | b'[' => Err(reader.unlike("a text or a number")),
            _ => {
                let Raw(text) = reader.read()?;
                Ok(if text == "null" { Scalar::default() } else { Scalar(Cow::Borrowed(text)) })
            }
        }
    }
}

/// The text of a provider's answer. UTF-8 is checked once for the whole, rather than for every value that is kept.
///
/// # Errors
/// It is not UTF-8.
pub fn text(body: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(body).map_err(Error::malformed)
}

/// Parses a provider's answer in one pass, without losing any of it: see [`crate::reader`].
///
/// # Errors
/// It is not JSON, is cut off, lacks a field, or has a field of another type.
pub fn read<'a, T: Read<'a>>(text: &'a str) -> Result<T, Error> {
    Reader::whole(text).map_err(Error::malformed)
}

/// The text of a member: of a string or a number, its text; of any other value, its JSON.
///
/// # Errors
/// It is a string with half of a surrogate pair in it, or not JSON.
pub fn words(json: &str) -> Result<String, Error> {
    if json.starts_with(['{', '[']) {
        return Ok(json.to_owned());
    }
    read::<Scalar<'_>>(json).map(|scalar| scalar.0.into_owned())
}

/// A list of rows. A missing list is empty if the answer counts no rows.
///
/// # Errors
/// It is missing, although there should be rows.
pub fn list<T>(rows: Option<Vec<T>>, field: &str, counted: Option<u64>) -> Result<Vec<T>, Error> {
    match (rows, counted) {
        (Some(rows), _) => Ok(rows),
        (None, Some(0)) => Ok(Vec::new()),
        (None, _) => Err(Error::malformed(format!("`{field}` is missing"))),
    }
}

/// Parses an answer with serde, which drops unknown fields: for answers whose fields are all known.
///
/// # Errors
/// As [`read()`].
pub fn deserialize<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(Error::malformed)
}

/// Writes JSON to send: compact, fields in the order of their declaration, non-ASCII unescaped.
///
/// # Errors
/// The value cannot be written as JSON, which is a fault of the connector.
pub fn write<T: Serialize>(value: &T) -> Result<String, Refused> {
    serde_json::to_string(value).map_err(|error| Refused::invalid("", error.to_string()))
}

/// [`write()`] in ASCII only: other characters are written as `\uXXXX`.
///
/// # Errors
/// The value cannot be written as JSON, which is a fault of the connector.
pub fn write_ascii<T: Serialize>(value: &T) -> Result<String, Refused> {
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut text, Ascii);
    value.serialize(&mut writer).map_err(|error| Refused::invalid("", error.to_string()))?;
    String::from_utf8(text).map_err(|error| Refused::invalid("", error.to_string()))
}

/// A text as a JSON string, for `extras`.
#[must_use]
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Escapes everything beyond ASCII, as UTF-16 code units.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: std::io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        let mut rest = fragment;
        while let Some(beyond) = rest.bytes().position(|byte| !byte.is_ascii()) {
            let (ascii, tail) = rest.split_at(beyond);
            writer.write_all(ascii.as_bytes())?;
            let mut characters = tail.chars();
            for unit in characters.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_only_comes_to_nought_or_is_none_refuses_nothing() {
        for code in ["1", "100", "-1", "03010250007", "ERR_1", "isv.invalid-parameter"] {
            assert!(Scalar(code.into()).refuses(), "{code}");
        }
        for code in ["", "0", "00", "-0", "+0", "0.0", "0e0", "1e0", " 1", "-", "true", "false", "货"] {
            assert!(!Scalar(code.into()).refuses(), "{code}");
        }
    }
}
