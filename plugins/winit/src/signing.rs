//! Winit's signature: MD5 over some of the envelope's fields in a fixed order, with the secret before and after them.

use stockbridge_connector::{Algorithm, Encoding, Host, Part, Refused, Secret, hex};

/// The signed fields. `language`, `client_id` and the signatures are not among them.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The method.
    pub action: &'a str,
    /// The account.
    pub app_key: &'a str,
    /// The canonical text of `data`, as sent.
    pub data: &'a str,
    /// `json`.
    pub format: &'a str,
    /// The kind of caller.
    pub platform: &'a str,
    /// `md5`.
    pub sign_method: &'a str,
    /// The time in Beijing.
    pub timestamp: &'a str,
    /// `1.0`.
    pub version: &'a str,
}

/// The value of `sign` with the token, and of `client_sign` with the client's secret.
///
/// # Errors
/// The account's limits on digests are reached.
pub fn sign(host: &impl Host, secret: Secret, signed: &Signed<'_>) -> Result<String, Refused> {
    let secret = Part::Secret(secret, Encoding::Plain);
    let digest = host.sign(
        Algorithm::Md5,
        &[
            secret,
            Part::text("action"),
            Part::text(signed.action),
            Part::text("app_key"),
            Part::text(signed.app_key),
            Part::text("data"),
            Part::text(signed.data),
            Part::text("format"),
            Part::text(signed.format),
            Part::text("platform"),
            Part::text(signed.platform),
            Part::text("sign_method"),
            Part::text(signed.sign_method),
            Part::text("timestamp"),
            Part::text(signed.timestamp),
            Part::text("version"),
            Part::text(signed.version),
            secret,
        ],
    )?;
    Ok(hex::upper(&digest))
}
