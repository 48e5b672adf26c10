//! JSON objects: known members are read into fields, and all others are kept.

use std::borrow::Cow;

use crate::reader::{Raw, Read, ReadError, Reader};

/// The known members of an object.
pub trait Fields<'a>: Default {
    /// The members that must be present.
    const REQUIRED: &'static [&'static str] = &[];

    /// Reads the value of `name` with `value.read()`. `false`, with nothing read, for an unknown name.
    ///
    /// # Errors
    /// The value has another type than the field.
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError>;
}

/// No known members.
impl Fields<'_> for () {
    fn read(&mut self, _: &str, _: &mut Reader<'_>) -> Result<bool, ReadError> {
        Ok(false)
    }
}

/// An object with its known members as `fields` and the others unchanged, for `extras`.
///
/// A repeated name is refused: see [`ReadError::Twice`].
#[derive(Clone, Debug, Default)]
pub struct Object<F> {
    /// The known members.
    pub fields: F,
    /// The names and JSON texts of all other members, in their order.
    pub others: Vec<(String, String)>,
}

impl<'a, F: Fields<'a>> Read<'a> for Object<F> {
    fn read(reader: &mut Reader<'a>) -> Result<Object<F>, ReadError> {
        let mut fields = F::default();
        let (mut names, mut others) = (Vec::with_capacity(16), Vec::new());
        reader.members(|name, value| {
            if !fields.read(&name, value)? {
                let Raw(text) = value.read()?;
                others.push((name.clone().into_owned(), text.to_owned()));
            }
            names.push(name);
            Ok(())
        })?;
        names.sort_unstable();
        if let Some(name) = repeated(&names) {
            return Err(ReadError::Twice(name.to_owned()));
        }
        complete::<F>(&names)?;
        Ok(Object { fields, others })
    }
}

/// Adds the members of a member's value to its siblings, for `extras`. A name that is already used there is prefixed with
/// the member's name, because one of two equal names would be lost.
pub fn beside(outer: &mut Vec<(String, String)>, member: &str, inner: impl IntoIterator<Item = (String, String)>) {
    for (mut name, json) in inner {
        while outer.iter().any(|(taken, _)| *taken == name) {
            name = [member, ".", &name].concat();
        }
        outer.push((name, json));
    }
}

/// Checks that no required name is missing.
pub(crate) fn complete<'a, F: Fields<'a>>(names: &[Cow<'_, str>]) -> Result<(), ReadError> {
    match F::REQUIRED.iter().find(|required| !names.iter().any(|name| name == *required)) {
        Some(missing) => Err(ReadError::Missing(missing)),
        None => Ok(()),
    }
}

fn repeated<'n>(sorted: &'n [Cow<'_, str>]) -> Option<&'n str> {
    sorted.array_windows().find(|[one, other]| one == other).map(|[name, _]| &**name)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::json::Scalar;

    #[derive(Debug, Default)]
    struct Known<'a> {
        total: Scalar<'a>,
        list: Option<Vec<bool>>,
    }

    impl<'a> Fields<'a> for Known<'a> {
        const REQUIRED: &'static [&'static str] = &["total"];
        fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
            match name {
                "total" => self.total = value.read()?,
                "list" => self.list = value.read()?,
                _ => return Ok(false),
            }
            Ok(true)
        }
    }

    #[test]
    fn members_that_are_not_known_are_kept_with_their_digits() {
        let read: Object<Known<'_>> =
            crate::json::read(r#"{"ratio":1.50,"total":3,"m\u0065ta":{"a":[1, null]}}"#).unwrap();
        assert_eq!((read.fields.total.as_str(), read.fields.list), ("3", None));
        assert_eq!(
            read.others,
            [("ratio".to_owned(), "1.50".to_owned()), ("meta".to_owned(), r#"{"a":[1, null]}"#.to_owned())]
        );
    }

    #[test]
    fn of_two_members_of_one_name_none_is_lost() {
        let pair = |name: &str, json: &str| (name.to_owned(), json.to_owned());
        let mut members = vec![pair("status", "0"), pair("message", "1")];
        beside(&mut members, "data", [pair("message", "2"), pair("no", "3"), pair("data.message", "4")]);
        assert_eq!(members[2..], [pair("data.message", "2"), pair("no", "3"), pair("data.data.message", "4")]);
    }

    #[test]
    fn what_is_no_object_or_is_cut_off_is_malformed() {
        for body in [
            "[]",
            "3",
            "{\"total\":3",
            "{\"total\":[3]}",
            "{\"list\":[]}",
            "{\"total\":3,\"list\":3}",
            "",
            "{\"total\":3,\"total\":3}",
            "{\"total\":3,\"a\":1,\"b\":2,\"\\u0061\":1}",
        ] {
            let error = crate::json::read::<Object<Known<'_>>>(body).unwrap_err();
            assert_eq!(error.class, crate::ErrorClass::MalformedResponse, "{body}");
        }
    }
}
