//! The signature of a request: MD5 over all parameters with their lengths, and the secret behind them.

use stockbridge_connector::{Algorithm, Encoding, Host, Part, Refused, Secret, hex};

/// Signs the parameters: by name, each as `LL-name:LLLL-value`, joined with `;`.
///
/// Lengths are counted in characters, as both of the vendor's SDKs do, with at least two and four digits. Empty values
/// and a `sign` are passed over.
///
/// # Errors
/// The account's limits on digests.
pub fn sign(host: &impl Host, secret: Secret, parameters: &[(&str, &str)]) -> Result<String, Refused> {
    let mut sorted = Vec::with_capacity(parameters.len());
    sorted.extend(parameters.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()));
    sorted.sort_unstable();
    // Beside the name and the value stand eight characters at least; longer values have more digits.
    let mut text = String::with_capacity(sorted.iter().map(|(name, value)| name.len() + value.len() + 10).sum());
    for (name, value) in sorted {
        if !text.is_empty() {
            text.push(';');
        }
        push_padded(&mut text, name.chars().count(), 10);
        text.push('-');
        text.push_str(name);
        text.push(':');
        push_padded(&mut text, value.chars().count(), 1000);
        text.push('-');
        text.push_str(value);
    }
    host.sign(Algorithm::Md5, &[Part::text(&text), Part::Secret(secret, Encoding::Plain)])
        .map(|digest| hex::lower(&digest))
}

/// The number's digits, from that of `place` on or, for a larger number, from its first. Twenty numbers a request made
/// `core::fmt` the largest cost of a call.
fn push_padded(text: &mut String, number: usize, mut place: usize) {
    while number / place >= 10 {
        place *= 10;
    }
    while place > 0 {
        text.extend(u32::try_from(number / place % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
        place /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_at_least_so_many_digits_and_never_loses_one() {
        for number in [0, 7, 10, 99, 100, 999, 1000, 9999, 10_000, 123_456, usize::MAX] {
            let mut text = String::new();
            push_padded(&mut text, number, 10);
            push_padded(&mut text, number, 1000);
            assert_eq!(text, format!("{number:02}{number:04}"));
        }
    }
}
