//! Rows of an answer, read in one pass: a row's fields as its type wants them, and its text as it came.
//!
//! Reading a row as a `RawValue` first and then once more for its fields would go over every byte twice. Here the
//! fields are read from the answer itself, and only where the row's names stand is remembered: from the first and the
//! last of them follows where the row begins and ends.

use std::borrow::Cow;
use std::fmt::{Formatter, Result as Written};
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor,
    value::MapAccessDeserializer,
};
use serde_json::value::RawValue;

use crate::{Error, json, object::Name};

/// A row that is read from an answer's text, and knows where in it it stood.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a, T> {
    /// What the row's type knows.
    pub fields: T,
    names: Names<'a>,
}

impl<'a, T> Row<'a, T> {
    /// The row as it stands in `answer`, which is the text that it was read from.
    ///
    /// # Errors
    /// The row has no members, or comes from another text.
    pub fn text(&self, answer: &'a str) -> Result<&'a str, Error> {
        self.names.row(answer).ok_or_else(|| Error::malformed("a row is empty"))
    }
}

/// Names that were borrowed from the answer, by which a row is found in it.
#[derive(Clone, Copy, Debug, Default)]
struct Names<'a> {
    /// The first, with its quotes.
    first: Option<&'a str>,
    /// The last, or none where it is written with escapes, and so could not be borrowed.
    last: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn row(self, answer: &'a str) -> Option<&'a str> {
        // What is looked for is next to what is known: nothing but spaces and a quote may stand between.
        let begin = answer.get(..place(answer, self.first?)?)?.rfind('{')?;
        let Some(last) = self.last else { return value(answer.get(begin..)?) };
        let colon = behind(answer, last)?.find(':')?;
        let value = value(behind(answer, last)?.get(colon + 1..)?)?;
        let brace = behind(answer, value)?.find('}')?;
        answer.get(begin..=place(answer, value)? + value.len() + brace)
    }
}

/// Where a part that was borrowed from a text begins in it.
fn place(text: &str, part: &str) -> Option<usize> {
    part.as_ptr().addr().checked_sub(text.as_ptr().addr())
}

/// What follows such a part.
fn behind<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    text.get(place(text, part)? + part.len()..)
}

/// The JSON value that a text begins with.
fn value(text: &str) -> Option<&str> {
    <&RawValue>::deserialize(&mut serde_json::Deserializer::from_str(text)).ok().map(RawValue::get)
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Row<'de, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor(PhantomData))
    }
}

struct RowVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for RowVisitor<T> {
    type Value = Row<'de, T>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Row<'de, T>, A::Error> {
        let mut members = Members { members, names: Names::default() };
        let fields = T::deserialize(MapAccessDeserializer::new(&mut members))?;
        Ok(Row { fields, names: members.names })
    }
}

/// A row's members on their way to its type.
struct Members<'de, A> {
    members: A,
    names: Names<'de>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let name = if self.names.first.is_none() {
            // As it is written, so that it is borrowed even where it has escapes.
            self.names.first = self.members.next_key::<&'de RawValue>()?.map(RawValue::get);
            self.names.first.map(json::unquoted).transpose().map_err(A::Error::custom)?
        } else {
            self.members.next_key()?.map(|Name(name)| name)
        };
        let Some(name) = name else { return Ok(None) };
        self.names.last = match name {
            Cow::Borrowed(name) => Some(name),
            Cow::Owned(_) => None,
        };
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.members.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scalar;

    #[derive(Debug, serde::Deserialize)]
    struct Known<'a> {
        #[serde(borrow)]
        figure: Scalar<'a>,
        #[serde(default)]
        list: Option<Vec<u8>>,
    }

    fn read(answer: &str) -> Result<Vec<Row<'_, Known<'_>>>, Error> {
        json::read(answer)
    }

    #[test]
    fn a_row_is_kept_byte_for_byte_wherever_its_known_fields_stand() {
        for row in [
            r#"{"figure":1.50}"#,
            r#"{ "f\u0069gure" : "1.50" }"#,
            "{\n\t\"}{\\\"\": \"{}\\\"}{\", \"figure\": 1.50, \"名\": {\"a\": [{}, \"}\"]}\n}",
            r#"{"a":{},"figure":1.50,"list":null,"z":"}"}"#,
            r#"{"figure":1.50,"\u007a":{"}":1}  }"#,
            r#"{"figure":1.50, "" :[":}"] }"#,
        ] {
            let answer = format!(" [{row} , {row}]");
            for read in read(&answer).unwrap() {
                assert_eq!(read.text(&answer).unwrap(), row);
                assert_eq!((read.fields.figure.as_str(), read.fields.list), ("1.50", None), "{row}");
            }
        }
        let answer = r#"[{"list":[1,2],"figure":null}]"#;
        let rows = read(answer).unwrap();
        assert_eq!((rows[0].fields.figure.as_str(), rows[0].fields.list.as_deref()), ("", Some(&[1, 2][..])));
    }

    #[test]
    fn what_is_no_row_of_its_type_is_malformed() {
        for answer in [
            "[{}]",
            r#"[{"list":[]}]"#,
            r#"[{"figure":[]}]"#,
            r#"[{"figure":1,"figure":2}]"#,
            r#"[{"figure":1,"list":3}]"#,
            r#"[{"figure":1,"z":tru}]"#,
            r#"[{"figure":1"#,
            "[[1]]",
            "[null]",
        ] {
            let error = read(answer).unwrap_err();
            assert_eq!(error.class, crate::ErrorClass::MalformedResponse, "{answer}");
        }
    }
}
