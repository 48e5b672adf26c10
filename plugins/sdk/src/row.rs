//! Rows of an answer: a row's typed fields, and its text unchanged.

use crate::Error;
use crate::json::Scalar;
use crate::object::{Fields, complete};
use crate::reader::{Read, ReadError, Reader};

/// A row of an answer.
///
/// Unknown names are only in its text, so a repeated one of those is not refused.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a, F> {
    /// The fields known to the row's type.
    pub fields: F,
    /// The row as written in the answer.
    pub text: &'a str,
}

impl<'a, F: Fields<'a>> Read<'a> for Row<'a, F> {
    fn read(reader: &mut Reader<'a>) -> Result<Row<'a, F>, ReadError> {
        let mut fields = F::default();
        let mut seen = Vec::with_capacity(16);
        let text = reader.text_while(|reader| {
            reader.members(|name, value| {
                if !fields.read(&name, value)? {
                    return value.pass();
                }
                if seen.contains(&name) {
                    return Err(ReadError::Twice(name.into_owned()));
                }
                seen.push(name);
                Ok(())
            })
        })?;
        complete::<F>(&seen)?;
        Ok(Row { fields, text })
    }
}

/// Maps each row with `read`. An error names the row, counted from 1, and its SKU.
///
/// # Errors
/// A row cannot be read.
pub fn each<'a, F, T>(
    rows: Vec<Row<'a, F>>,
    sku: impl Fn(&F) -> &Scalar<'a>,
    read: impl Fn(Row<'a, F>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let numbered = |(place, row): (usize, Row<'a, F>)| {
        // Usually borrowed from the answer, so that this costs nothing.
        let sku = sku(&row.fields).clone();
        read(row).map_err(|mut error| {
            error.message.push_str(&format!(" (row {} of the page, SKU `{}`)", place + 1, sku.as_str()));
            error
        })
    };
    rows.into_iter().enumerate().map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Scalar};

    #[derive(Debug, Default)]
    struct Known<'a> {
        figure: Scalar<'a>,
        list: Option<Vec<Scalar<'a>>>,
    }

    impl<'a> Fields<'a> for Known<'a> {
        const REQUIRED: &'static [&'static str] = &["figure"];
        fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
            match name {
                "figure" => self.figure = value.read()?,
                "list" => self.list = value.read()?,
                _ => return Ok(false),
            }
            Ok(true)
        }
    }

    fn read(answer: &str) -> Result<Vec<Row<'_, Known<'_>>>, crate::Error> {
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
            r#"{"figure":1.50,"z":1,"z":2}"#,
        ] {
            let answer = format!(" [{row} , {row}]");
            for read in read(&answer).unwrap() {
                assert_eq!(read.text, row);
                assert_eq!((read.fields.figure.as_str(), read.fields.list), ("1.50", None), "{row}");
            }
        }
        let rows = read(r#"[{"list":[1,2],"figure":null}]"#).unwrap();
        let list = rows[0].fields.list.as_deref().unwrap();
        assert_eq!((rows[0].fields.figure.as_str(), list[1].as_str()), ("", "2"));
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
