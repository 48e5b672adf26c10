//! Encodings of a secret in digest inputs and requests.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Encoding of a secret's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    HexLower,
    HexUpper,
    Base64,
    Base64url,
    /// As a form's value: `application/x-www-form-urlencoded`.
    Form,
    /// Percent encoding of all characters but the unreserved ones of RFC 3986.
    Percent,
    /// As the content of a JSON string.
    Json,
}

/// Maximum encoded bytes for one byte in any encoding: `\u0000` in JSON.
pub(crate) const LONGEST: usize = 6;

/// Maximum encoded bytes for one byte in this encoding.
pub(crate) fn growth(encoding: Encoding) -> usize {
    match encoding {
        Encoding::Plain => 1,
        Encoding::HexLower | Encoding::HexUpper | Encoding::Base64 | Encoding::Base64url => 2,
        Encoding::Form | Encoding::Percent => 3,
        Encoding::Json => LONGEST,
    }
}

/// Encodes the bytes. The buffer has its full capacity from the start, because a growing vector leaves copies behind that are
/// not wiped.
pub(crate) fn encoded(bytes: &[u8], encoding: Encoding) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(LONGEST * bytes.len()));
    match encoding {
        Encoding::Plain => out.extend_from_slice(bytes),
        Encoding::Form => {
            url::form_urlencoded::byte_serialize(bytes).for_each(|piece| out.extend_from_slice(piece.as_bytes()))
        }
        Encoding::Percent => {
            for &byte in bytes {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    out.push(byte);
                } else {
                    out.push(b'%');
                    hex(&[byte], UPPER, &mut out);
                }
            }
        }
        Encoding::Json => json(bytes, &mut out),
        Encoding::HexLower => hex(bytes, LOWER, &mut out),
        Encoding::HexUpper => hex(bytes, UPPER, &mut out),
        Encoding::Base64 => out.extend_from_slice(Zeroizing::new(STANDARD.encode(bytes)).as_bytes()),
        Encoding::Base64url => out.extend_from_slice(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)).as_bytes()),
    }
    out
}

/// Encodes the content of a JSON string.
fn json(bytes: &[u8], into: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(bytes);
    let mut quoted = Zeroizing::new(Vec::with_capacity(LONGEST * text.len() + 2));
    // Writing to memory cannot fail.
    drop(serde_json::to_writer(&mut *quoted, &*text));
    into.extend_from_slice(quoted.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or_default());
    if let Cow::Owned(text) = text {
        drop(Zeroizing::new(text));
    }
}

pub(crate) fn hex(bytes: &[u8], digits: &[u8; 16], into: &mut Vec<u8>) {
    into.extend(
        bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| digits.get(usize::from(digit))),
    );
}

pub(crate) fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

pub(super) const LOWER: &[u8; 16] = b"0123456789abcdef";
pub(super) const UPPER: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, encoding: Encoding) -> String {
        String::from_utf8(encoded(text.as_bytes(), encoding).to_vec()).unwrap()
    }

    #[test]
    fn a_secret_is_written_in_each_encoding_as_the_contract_says() {
        let secret = "a b+\"~*/货";
        assert_eq!(text(secret, Encoding::Plain), secret);
        assert_eq!(text(secret, Encoding::Form), "a+b%2B%22%7E*%2F%E8%B4%A7");
        assert_eq!(text(secret, Encoding::Percent), "a%20b%2B%22~%2A%2F%E8%B4%A7");
        assert_eq!(text(secret, Encoding::Json), "a b+\\\"~*/货");
        assert_eq!(text("\u{0}ÿ", Encoding::HexLower), "00c3bf");
        assert_eq!(text("\u{0}ÿ", Encoding::HexUpper), "00C3BF");
        assert_eq!(text("ab?>", Encoding::Base64), "YWI/Pg==");
        assert_eq!(text("ab?>", Encoding::Base64url), "YWI_Pg");
    }

    #[test]
    fn no_encoding_outgrows_the_room_that_is_made_for_it() {
        let mut secrets: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte; 7]).collect();
        secrets.push("货".repeat(5).into_bytes());
        for secret in secrets {
            for encoding in [
                Encoding::Plain,
                Encoding::Form,
                Encoding::Percent,
                Encoding::Json,
                Encoding::HexLower,
                Encoding::HexUpper,
                Encoding::Base64,
                Encoding::Base64url,
            ] {
                let written = encoded(&secret, encoding);
                assert!(written.len() <= LONGEST * secret.len(), "{encoding:?} of {secret:?}");
            }
        }
    }
}
