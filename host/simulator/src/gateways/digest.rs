//! Digests in the providers' notations.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

/// The MD5 of the bytes, in lower-case hexadecimal.
pub(crate) fn md5_lower(bytes: &[u8]) -> String {
    lower_hex(&Md5::digest(bytes))
}

/// The MD5 of the bytes, in upper-case hexadecimal.
pub(crate) fn md5_upper(bytes: &[u8]) -> String {
    md5_lower(bytes).to_ascii_uppercase()
}

/// The HMAC-MD5 of the bytes, in upper-case hexadecimal.
pub(crate) fn hmac_md5_upper(key: &[u8], bytes: &[u8]) -> String {
    hmac_upper::<Hmac<Md5>>(key, bytes)
}

/// The HMAC-SHA256 of the bytes, in upper-case hexadecimal.
pub(crate) fn hmac_sha256_upper(key: &[u8], bytes: &[u8]) -> String {
    hmac_upper::<Hmac<Sha256>>(key, bytes)
}

fn hmac_upper<M: Mac + KeyInit>(key: &[u8], bytes: &[u8]) -> String {
    // An HMAC takes a key of any length, so there is no error to report.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(bytes);
    lower_hex(&mac.finalize().into_bytes()).to_ascii_uppercase()
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
