//! The contract's decimals: text in plain digits, never a float.

use serde_json::value::RawValue;

use crate::Refused;

/// Refuses a figure that a provider's `decimal(precision, scale)` cannot hold. Zeros that do not change the value are not
/// counted.
///
/// # Errors
/// The figure is not a decimal, or has too many digits before or after the point.
pub fn fits(path: &str, figure: &str, precision: usize, scale: usize) -> Result<(), Refused> {
    let (whole, fraction) = digits(figure)
        .ok_or_else(|| Refused::invalid(path, format!("`{figure}` is not a decimal number in plain digits")))?;
    if fraction.len() > scale {
        return Err(Refused::invalid(
            path,
            format!("{figure} has {} decimal places; the provider keeps {scale}", fraction.len()),
        ));
    }
    if whole.len() > precision - scale {
        return Err(Refused::invalid(
            path,
            format!("{figure} has {} digits before the point; the provider keeps {}", whole.len(), precision - scale),
        ));
    }
    Ok(())
}

/// A figure as a JSON number with the same digits, checked as in [`fits`].
///
/// # Errors
/// As [`fits`], or it has a leading zero that JSON does not allow.
pub fn number(path: &str, figure: &str, precision: usize, scale: usize) -> Result<Box<RawValue>, Refused> {
    fits(path, figure, precision, scale)?;
    RawValue::from_string(figure.to_owned())
        .map_err(|_| Refused::invalid(path, format!("`{figure}` has a superfluous leading zero")))
}

/// The digits before the point of a whole number: `12` for `12` and for `12.000`.
///
/// # Errors
/// The figure is not a decimal, or has a fraction.
pub fn whole<'a>(path: &str, figure: &'a str) -> Result<&'a str, Refused> {
    match digits(figure) {
        Some((_, "")) => Ok(figure.split_once('.').map_or(figure, |(whole, _)| whole)),
        Some(_) => {
            Err(Refused::invalid(path, format!("{figure} is not a whole number, and the provider accepts no other")))
        }
        None => Err(Refused::invalid(path, format!("`{figure}` is not a decimal number in plain digits"))),
    }
}

/// Whether the contract can represent the figure: plain digits, at most 28 of them significant. Trailing zeros count,
/// because they are kept.
#[must_use]
pub fn is_exact(figure: &str) -> bool {
    let behind = figure.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let significant = figure.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    digits(figure).is_some() && behind <= MAX_DIGITS && significant <= MAX_DIGITS
}

/// A provider's figure in plain digits, exactly: `0E-8` is 0, `1.50E+2` is 150, `.5` is 0.5. A figure in plain digits is
/// unchanged, trailing zeros included. None for anything that is not a figure, or that has more digits than the contract
/// can represent.
#[must_use]
pub fn plain(figure: &str) -> Option<String> {
    let figure = figure.trim();
    if is_exact(figure) {
        return Some(figure.to_owned());
    }
    let (sign, unsigned) = match figure.as_bytes().first()? {
        b'-' => ("-", figure.get(1..)?),
        b'+' => ("", figure.get(1..)?),
        _ => ("", figure),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.bytes().all(|byte| byte == b'0') {
        return Some("0".to_owned());
    }
    // Position of the point among the digits. Beyond this limit, the figure has too many digits.
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if point.unsigned_abs() as usize > MAX_POINT_DISTANCE {
        return None;
    }
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    let behind = usize::try_from(point).unwrap_or_default().min(digits.len());
    let (before, after) = digits.split_at(behind);
    let before = [before, &zeros(point.saturating_sub(i32::try_from(digits.len()).ok()?))].concat();
    let before = before.trim_start_matches('0');
    let before = if before.is_empty() { "0" } else { before };
    let text = match after {
        "" => [sign, before].concat(),
        after => [sign, before, ".", &zeros(point.saturating_neg()), after].concat(),
    };
    is_exact(&text).then_some(text)
}

/// The figure in units of its last decimal place, of which there are `scale`: with 4, `1.5` is 15000. None for anything
/// that is not a decimal, has more places or is too large.
#[must_use]
pub fn scaled(figure: &str, scale: usize) -> Option<i128> {
    let figure = plain(figure)?;
    let (whole, fraction) = digits(&figure)?;
    let zeros = "0".repeat(scale.checked_sub(fraction.len())?);
    let units: i128 = ["0", whole, fraction, &zeros].concat().parse().ok()?;
    Some(if figure.starts_with('-') { -units } else { units })
}

/// Maximum distance of the point from a figure's first digit.
const MAX_POINT_DISTANCE: usize = 2 * MAX_DIGITS;

/// Maximum number of digits of a figure in the contract, also after its point.
const MAX_DIGITS: usize = 28;

/// The significant digits before and after the point, or none for anything that is not a decimal.
fn digits(figure: &str) -> Option<(&str, &str)> {
    let unsigned = figure.strip_prefix('-').unwrap_or(figure);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (plain(whole) && plain(fraction)).then(|| (whole.trim_start_matches('0'), fraction.trim_end_matches('0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_counted_in_its_last_place() {
        for (figure, units) in
            [("1.5", 15_000), ("-0.0001", -1), ("0", 0), ("1e2", 1_000_000), ("10.0000000", 100_000), (".5", 5000)]
        {
            assert_eq!(scaled(figure, 4), Some(units), "{figure}");
        }
        for figure in ["0.00001", "", "x", "1,5"] {
            assert_eq!(scaled(figure, 4), None, "{figure}");
        }
    }

    #[test]
    fn a_figure_fits_where_no_digit_is_lost() {
        for figure in ["10", "10.0000", "-0.0001", "999999999999999.9999", "00010.50000000"] {
            assert!(fits("quantity", figure, 19, 4).is_ok(), "{figure}");
        }
        for figure in ["0.00001", "1000000000000000", "1e3", "", ".", "1.", "+1", " 1", "1,000", "١"] {
            assert!(fits("quantity", figure, 19, 4).is_err(), "{figure}");
        }
    }

    #[test]
    fn a_figure_of_more_digits_than_the_contract_has_is_none() {
        for figure in ["0", "-1.50", "31.57777777777777777777777777", "0.0000000000000000000000000001", "0001.0000"] {
            assert!(is_exact(figure), "{figure}");
        }
        for figure in [
            "31.577777777777777777777777777",
            "31.577777777777777777777777770",
            "0.00000000000000000000000000001",
            "1e3",
            "",
            "1.",
        ] {
            assert!(!is_exact(figure), "{figure}");
        }
        assert!(!is_exact(&"9".repeat(29)));
    }

    #[test]
    fn a_figure_is_read_exactly_however_it_is_written() {
        for (written, read) in [
            ("55.0000", "55.0000"),
            ("-1.50", "-1.50"),
            (" 7 ", "7"),
            ("0E-8", "0"),
            ("0e+3", "0"),
            ("-0E-8", "0"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("5.", "5"),
            ("+1", "1"),
            ("+1.50", "1.50"),
            ("1e3", "1000"),
            ("1.50E+2", "150"),
            ("1.5E0", "1.5"),
            ("1.25e1", "12.5"),
            ("12E-1", "1.2"),
            ("1E-3", "0.001"),
            ("123.456e-5", "0.00123456"),
            ("00012e1", "120"),
            ("0.05e1", "0.5"),
            ("0.05e2", "5"),
            ("1e27", "1000000000000000000000000000"),
            ("1e-28", "0.0000000000000000000000000001"),
        ] {
            assert_eq!(plain(written).as_deref(), Some(read), "{written}");
        }
        for written in [
            "",
            " ",
            ".",
            "-",
            "+",
            "e3",
            "1e",
            "1e1.5",
            "--1",
            "+-1",
            "1,000",
            "1 000",
            "0x10",
            "1e28",
            "1e-29",
            "1e999999999",
            "NaN",
            "١",
        ] {
            assert_eq!(plain(written), None, "{written}");
        }
    }

    #[test]
    fn a_whole_number_may_be_written_with_zeros_behind_the_point() {
        assert_eq!(whole("quantity", "12").unwrap(), "12");
        assert_eq!(whole("quantity", "12.000").unwrap(), "12");
        assert!(whole("quantity", "12.5").is_err());
    }
}
