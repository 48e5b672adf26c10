//! The signature of a request: MD5 over all parameters with their lengths, and the secret behind them.

use std::fmt::Write as _;

use stockbridge_connector::{Algorithm, Encoding, Host, Part, Refused, Secret, hex};

/// Signs the parameters: by name, each as `LL-name:LLLL-value`, joined with `;`.
///
/// Lengths are counted in characters, as both of the vendor's SDKs do, with at least two and four digits. Empty values
/// and a `sign` are passed over.
///
/// # Errors
/// The account's limits on digests.
pub fn sign(host: &dyn Host, secret: Secret, parameters: &[(&str, &str)]) -> Result<String, Refused> {
    let mut sorted: Vec<_> = parameters.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()).collect();
    sorted.sort_unstable();
    let mut text = String::new();
    for (name, value) in sorted {
        if !text.is_empty() {
            text.push(';');
        }
        let (name_length, value_length) = (name.chars().count(), value.chars().count());
        // Writing to a String does not fail.
        let _ = write!(text, "{name_length:02}-{name}:{value_length:04}-{value}");
    }
    host.sign(Algorithm::Md5, &[Part::text(&text), Part::Secret(secret, Encoding::Plain)])
        .map(|digest| hex::lower(&digest))
}
