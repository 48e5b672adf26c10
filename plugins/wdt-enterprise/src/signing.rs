//! The signature of a request: MD5 over all parameters with their lengths, followed by the secret.

use stockbridge_connector::{Algorithm, Encoding, Host, Part, Refused, Secret, hex};

/// Signs the parameters: by name, each as `LL-name:LLLL-value`, joined with `;`.
///
/// Lengths are counted in characters, as in both of the vendor's SDKs, with at least two and four digits. Empty values and
/// a `sign` are skipped.
///
/// # Errors
/// The account's limits on digests are reached.
pub fn sign(host: &impl Host, secret: Secret, parameters: &[(&str, &str)]) -> Result<String, Refused> {
    let mut sorted = Vec::with_capacity(parameters.len());
    sorted.extend(parameters.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()));
    sorted.sort_unstable();
    // Besides the name and the value there are at least eight characters; longer values have more digits.
    let mut text = String::with_capacity(sorted.iter().map(|(name, value)| name.len() + value.len() + 10).sum());
    for (name, value) in sorted {
        if !text.is_empty() {
            text.push(';');
        }
        push_padded(&mut text, name.chars().count(), 2);
        text.push('-');
        text.push_str(name);
        text.push(':');
        push_padded(&mut text, value.chars().count(), 4);
        text.push('-');
        text.push_str(value);
    }
    host.sign(Algorithm::Md5, &[Part::text(&text), Part::Secret(secret, Encoding::Plain)])
        .map(|digest| hex::lower(&digest))
}

/// Writes the number with at least `least` digits, four at most. With twenty numbers a request, `core::fmt` was the largest
/// cost of a call; and a division by a constant compiles without a division.
fn push_padded(text: &mut String, number: usize, least: usize) {
    if number > 9999 {
        return text.push_str(&number.to_string());
    }
    let digits = [number / 1000, number / 100 % 10, number / 10 % 10, number % 10];
    let noughts = digits.iter().take_while(|digit| **digit == 0).count();
    for digit in digits.iter().skip(noughts.min(digits.len() - least)) {
        text.push(char::from(b'0' + u8::try_from(*digit).unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_at_least_so_many_digits_and_never_loses_one() {
        for number in [0, 7, 10, 99, 100, 999, 1000, 9999, 10_000, 123_456, usize::MAX] {
            let mut text = String::new();
            push_padded(&mut text, number, 2);
            push_padded(&mut text, number, 4);
            assert_eq!(text, format!("{number:02}{number:04}"));
        }
    }
}
