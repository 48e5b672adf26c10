//! The signature of a request: MD5 over the secret, all common parameters and the posted text, and the secret again.

use stockbridge_connector::{Algorithm, Encoding, Host, Part, Refused, Secret, hex};

/// Signs the common parameters and, as `body`, the exact posted text.
///
/// The parameters are taken in ASCII order of their names, as name and value without a separator, before URL encoding. A
/// `sign` among them is skipped.
///
/// # Errors
/// The account's limits on digests are reached.
pub fn sign(host: &impl Host, secret: Secret, parameters: &[(&str, &str)]) -> Result<String, Refused> {
    let mut sorted: Vec<_> = parameters.iter().filter(|(name, _)| *name != "sign").collect();
    sorted.sort_unstable();
    let mut text = String::with_capacity(sorted.iter().map(|(name, value)| name.len() + value.len()).sum());
    for (name, value) in sorted {
        text.push_str(name);
        text.push_str(value);
    }
    let secret = Part::Secret(secret, Encoding::Plain);
    host.sign(Algorithm::Md5, &[secret, Part::text(&text), secret]).map(|digest| hex::lower(&digest))
}
