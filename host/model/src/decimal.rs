//! Decimal numbers in JSON: strings of plain digits, or numbers, read digit by digit and never through a float.

/// Serializer and deserializer for serde's `with`.
pub(crate) mod exact {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de};
    use serde_json::value::RawValue;

    pub(crate) fn serialize<S: Serializer>(figure: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(figure)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        parse(raw.trim_matches('"')).ok_or_else(|| {
            de::Error::custom(format!("{raw} is not a plain decimal number with at most 28 significant digits"))
        })
    }

    /// Maximum number of significant digits, as in the contract.
    const MOST_DIGITS: usize = 28;

    /// Parses a number if all its digits fit.
    pub fn parse(text: &str) -> Option<Decimal> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
        let complete = text.bytes().last().is_some_and(|byte| byte.is_ascii_digit())
            && text.trim_start_matches('-').bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        let significant = text.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
        if !plain || !complete || significant > MOST_DIGITS {
            return None;
        }
        Decimal::from_str_exact(text).ok()
    }

    /// Serializer and deserializer for an optional field.
    pub(crate) mod optional {
        use rust_decimal::Decimal;
        use serde::{Deserialize, Deserializer, Serializer, de};
        use serde_json::value::RawValue;

        pub(crate) fn serialize<S: Serializer>(figure: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
            match figure {
                Some(figure) => serializer.collect_str(figure),
                None => serializer.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
            let raw = <&'de RawValue>::deserialize(deserializer)?.get();
            if raw == "null" {
                return Ok(None);
            }
            super::parse(raw.trim_matches('"')).map(Some).ok_or_else(|| {
                de::Error::custom(format!("{raw} is not a plain decimal number with at most 28 significant digits"))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::exact::parse;

    #[test]
    fn a_figure_keeps_its_digits_and_what_is_no_figure_is_refused() {
        assert_eq!(parse("10.0000").unwrap().to_string(), "10.0000");
        assert_eq!(parse("-0.10").unwrap().to_string(), "-0.10");
        assert_eq!(parse("1.234567890123456789012345678").unwrap().to_string(), "1.234567890123456789012345678");
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "1e3",
            "+1",
            "1_000",
            "--1",
            "0.12345678901234567890123456789",
            "1.2345678901234567890123456789",
            "99999999999999999999999999999",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
