//! The contract's decimals: text in plain digits, never a float.

use crate::Refused;

/// Refuses a figure that a provider's `decimal(precision, scale)` cannot hold. Zeros that do not change the value are
/// not counted.
///
/// # Errors
/// The figure is no decimal, or has more digits before or behind the point than there is room for.
pub fn fits(path: &str, figure: &str, precision: usize, scale: usize) -> Result<(), Refused> {
    let (whole, fraction) = digits(figure)
        .ok_or_else(|| Refused::invalid(path, format!("`{figure}` is no decimal number in plain digits")))?;
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

/// The figure's whole digits where it is a whole number: `12` for `12` and for `12.000`.
///
/// # Errors
/// The figure is no decimal, or has a fraction.
pub fn whole<'a>(path: &str, figure: &'a str) -> Result<&'a str, Refused> {
    match digits(figure) {
        Some((_, "")) => Ok(figure.split_once('.').map_or(figure, |(whole, _)| whole)),
        Some(_) => Err(Refused::invalid(path, format!("{figure} is no whole number, and the provider takes no other"))),
        None => Err(Refused::invalid(path, format!("`{figure}` is no decimal number in plain digits"))),
    }
}

/// Whether the contract has room for the figure: plain digits, of which at most 28 count. Zeros at its end do, since they
/// are kept.
#[must_use]
pub fn is_exact(figure: &str) -> bool {
    let behind = figure.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let significant = figure.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    digits(figure).is_some() && behind <= MOST_DIGITS && significant <= MOST_DIGITS
}

/// The most digits of a figure in the contract, and of those behind its point.
const MOST_DIGITS: usize = 28;

/// The digits that matter before and behind the point, or none for what is not a decimal.
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
    fn a_whole_number_may_be_written_with_zeros_behind_the_point() {
        assert_eq!(whole("quantity", "12").unwrap(), "12");
        assert_eq!(whole("quantity", "12.000").unwrap(), "12");
        assert!(whole("quantity", "12.5").is_err());
    }
}
