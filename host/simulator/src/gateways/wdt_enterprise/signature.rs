//! The signature of the enterprise edition: every parameter with its lengths.

use std::fmt::Write as _;

use crate::gateways::digest::md5_lower;
use crate::gateways::form::Form;

/// Unit of the lengths in the signed text.
///
/// The vendor's SDKs count characters. Some clients count UTF-8 bytes, which is equal for ASCII.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LengthUnit {
    /// Unicode characters.
    #[default]
    Characters,
    /// Bytes of UTF-8.
    Bytes,
}

impl LengthUnit {
    fn length(self, text: &str) -> usize {
        match self {
            LengthUnit::Characters => text.chars().count(),
            LengthUnit::Bytes => text.len(),
        }
    }
}

/// The signature of these parameters. Clients disagree on whether empty ones are signed; here they are not.
pub(super) fn expected(form: &Form, secret: &str, unit: LengthUnit) -> String {
    let mut text = String::new();
    for (name, value) in form.signed().into_iter().filter(|(_, value)| !value.is_empty()) {
        let separator = if text.is_empty() { "" } else { ";" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{:02}-{name}:{:04}-{value}", unit.length(name), unit.length(value));
    }
    text.push_str(secret);
    md5_lower(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_verifies() {
        let form = Form::read(
            b"appkey=test2-xx&page_no=0&end_time=2016-08-01+13%3A00%3A00&start_time=2016-08-01+12%3A00%3A00\
              &page_size=40&sid=test2&timestamp=1470042310&sign=ignored&empty=",
        )
        .unwrap();
        assert_eq!(expected(&form, "12345", LengthUnit::Characters), "ad4e6fe037ea6e3ba4768317be9d1309");
        assert_eq!(expected(&form, "12345", LengthUnit::Bytes), "ad4e6fe037ea6e3ba4768317be9d1309");
    }

    #[test]
    fn characters_and_bytes_differ_beyond_ascii_only() {
        let form = Form::read("remark=是".as_bytes()).unwrap();
        let signed = |text: &str| md5_lower(text.as_bytes());
        assert_eq!(expected(&form, "s", LengthUnit::Characters), signed("06-remark:0001-是s"));
        assert_eq!(expected(&form, "s", LengthUnit::Bytes), signed("06-remark:0003-是s"));
    }

    #[test]
    fn a_length_of_more_than_four_digits_prints_them_all() {
        let value = "x".repeat(10_000);
        let form = Form::read(format!("a={value}").as_bytes()).unwrap();
        let text = format!("01-a:10000-{value}s");
        assert_eq!(expected(&form, "s", LengthUnit::Characters), md5_lower(text.as_bytes()));
    }
}
