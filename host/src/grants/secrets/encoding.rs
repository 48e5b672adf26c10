//! How a secret is written into what is digested or sent.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::contract::secrets::Encoding;

pub(super) fn encode(bytes: &[u8], encoding: Encoding, into: &mut Vec<u8>) {
    match encoding {
        Encoding::Plain => into.extend_from_slice(bytes),
        Encoding::Form => {
            url::form_urlencoded::byte_serialize(bytes).for_each(|piece| into.extend_from_slice(piece.as_bytes()))
        }
        Encoding::Percent => {
            for &byte in bytes {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    into.push(byte);
                } else {
                    into.push(b'%');
                    hex(&[byte], UPPER, into);
                }
            }
        }
        Encoding::Json => {
            let quoted = Zeroizing::new(serde_json::Value::from(String::from_utf8_lossy(bytes)).to_string());
            let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
            into.extend_from_slice(inside.as_bytes());
        }
        Encoding::HexLower => hex(bytes, LOWER, into),
        Encoding::HexUpper => hex(bytes, UPPER, into),
        Encoding::Base64 => into.extend_from_slice(Zeroizing::new(STANDARD.encode(bytes)).as_bytes()),
        Encoding::Base64url => into.extend_from_slice(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)).as_bytes()),
    }
}

pub(super) fn hex(bytes: &[u8], digits: &[u8; 16], into: &mut Vec<u8>) {
    into.extend(
        bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| digits.get(usize::from(digit))),
    );
}

pub(super) const LOWER: &[u8; 16] = b"0123456789abcdef";
pub(super) const UPPER: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, encoding: Encoding) -> String {
        let mut bytes = Vec::new();
        encode(text.as_bytes(), encoding, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_secret_is_written_in_each_encoding_as_the_contract_says() {
        let secret = "a b+\"~*/货";
        assert_eq!(encoded(secret, Encoding::Plain), secret);
        assert_eq!(encoded(secret, Encoding::Form), "a+b%2B%22%7E*%2F%E8%B4%A7");
        assert_eq!(encoded(secret, Encoding::Percent), "a%20b%2B%22~%2A%2F%E8%B4%A7");
        assert_eq!(encoded(secret, Encoding::Json), "a b+\\\"~*/货");
        assert_eq!(encoded("\u{0}ÿ", Encoding::HexLower), "00c3bf");
        assert_eq!(encoded("\u{0}ÿ", Encoding::HexUpper), "00C3BF");
        assert_eq!(encoded("ab?>", Encoding::Base64), "YWI/Pg==");
        assert_eq!(encoded("ab?>", Encoding::Base64url), "YWI_Pg");
    }
}
