//! JSON objects read in one pass: the members that a connector knows go into its fields, and all the others are kept.
//!
//! serde's derived structs drop what they do not know, and its `flatten` cannot keep a value's text. A provider's
//! answer is read once, however large, and nothing that it says is lost.

use std::borrow::Cow;
use std::fmt::{Formatter, Result as Written};
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object that a connector knows.
pub trait Fields<'de>: Default {
    /// Reads the value of `name` with `members.next_value()`. `false`, with nothing read, for a name that is not known.
    ///
    /// # Errors
    /// The value is not of the type that the field has.
    fn read<A: MapAccess<'de>>(&mut self, name: &str, members: &mut A) -> Result<bool, A::Error>;
}

/// An object with its known members as `fields` and the others as they came, for `extras`.
///
/// A name that stands twice is refused: readers of JSON differ in which of the two values they take, so what the
/// provider meant is not known.
#[derive(Clone, Debug, Default)]
pub struct Object<F> {
    /// The members that are known.
    pub fields: F,
    /// The names and JSON texts of all other members, in their order.
    pub others: Vec<(String, String)>,
}

impl<'de, F: Fields<'de>> Deserialize<'de> for Object<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<F>(PhantomData<F>);

impl<'de, F: Fields<'de>> Visitor<'de> for Members<F> {
    type Value = Object<F>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object<F>, A::Error> {
        let mut fields = F::default();
        let (mut names, mut others) = (Vec::new(), Vec::new());
        while let Some(Name(name)) = members.next_key()? {
            names.push(name.clone());
            if !fields.read(&name, &mut members)? {
                let value: &'de RawValue = members.next_value()?;
                others.push((name.into_owned(), value.get().to_owned()));
            }
        }
        match repeated(names) {
            Some(name) => Err(A::Error::custom(format!("`{name}` stands twice in an object"))),
            None => Ok(Object { fields, others }),
        }
    }
}

fn repeated(mut names: Vec<Cow<'_, str>>) -> Option<String> {
    names.sort_unstable();
    names.array_windows().find(|[one, other]| one == other).map(|[name, _]| name.to_string())
}

/// A member's name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default)]
    struct Known {
        total: u32,
    }

    impl<'de> Fields<'de> for Known {
        fn read<A: MapAccess<'de>>(&mut self, name: &str, members: &mut A) -> Result<bool, A::Error> {
            match name {
                "total" => self.total = members.next_value()?,
                _ => return Ok(false),
            }
            Ok(true)
        }
    }

    #[test]
    fn members_that_are_not_known_are_kept_with_their_digits() {
        let read: Object<Known> = crate::json::read(r#"{"ratio":1.50,"total":3,"m\u0065ta":{"a":[1, null]}}"#).unwrap();
        assert_eq!(read.fields.total, 3);
        assert_eq!(
            read.others,
            [("ratio".to_owned(), "1.50".to_owned()), ("meta".to_owned(), r#"{"a":[1, null]}"#.to_owned())]
        );
    }

    #[test]
    fn what_is_no_object_or_is_cut_off_is_malformed() {
        for body in [
            "[]",
            "3",
            "{\"total\":3",
            "{\"total\":\"three\"}",
            "",
            "{\"total\":3,\"total\":3}",
            "{\"a\":1,\"b\":2,\"\\u0061\":1}",
        ] {
            let error = crate::json::read::<Object<Known>>(body).unwrap_err();
            assert_eq!(error.class, crate::ErrorClass::MalformedResponse, "{body}");
        }
    }
}
