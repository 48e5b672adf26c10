//! TOP's signature: the parameters in ASCII order, name and value without a separator, with the application's secret.

use std::iter::once;

use stockbridge_connector::{Algorithm, Encoding, Host, Part, Refused, Secret, hex};

/// Signature method: TOP's parameter `sign_method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignMethod {
    /// MD5 over the text with the secret before and after it.
    Md5,
    /// HMAC-MD5 under the secret.
    Hmac,
    /// HMAC-SHA256 under the secret.
    HmacSha256,
}

impl SignMethod {
    /// Its name at TOP.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SignMethod::Md5 => "md5",
            SignMethod::Hmac => "hmac",
            SignMethod::HmacSha256 => "hmac-sha256",
        }
    }

    /// The method with this name at TOP.
    #[must_use]
    pub fn named(name: &str) -> Option<SignMethod> {
        [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256].into_iter().find(|method| method.name() == name)
    }
}

/// The value of `sign` for a request with these parameters, public and business ones alike. `sign` itself and parameters
/// without a name or a value are not signed.
///
/// # Errors
/// The account's limits on digests are reached.
pub fn sign(
    host: &impl Host,
    method: SignMethod,
    secret: Secret,
    parameters: &[(&str, Part<'_>)],
) -> Result<String, Refused> {
    let mut signed: Vec<_> = parameters
        .iter()
        .filter(|(name, value)| !matches!(*name, "" | "sign") && !matches!(value, Part::Bytes([])))
        .collect();
    signed.sort_by_key(|(name, _)| *name);
    let text = signed.into_iter().flat_map(|(name, value)| [Part::text(name), *value]);
    let digest = match method {
        SignMethod::Md5 => {
            let secret = Part::Secret(secret, Encoding::Plain);
            let wrapped: Vec<_> = once(secret).chain(text).chain(once(secret)).collect();
            host.sign(Algorithm::Md5, &wrapped)?
        }
        SignMethod::Hmac => host.sign_hmac(Algorithm::Md5, secret, &text.collect::<Vec<_>>())?,
        SignMethod::HmacSha256 => host.sign_hmac(Algorithm::Sha256, secret, &text.collect::<Vec<_>>())?,
    };
    Ok(hex::upper(&digest))
}
