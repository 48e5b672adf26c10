//! Digests as hexadecimal text.

pub(crate) const LOWER: &[u8; 16] = b"0123456789abcdef";
pub(crate) const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// `5ee29085…`
#[must_use]
pub fn lower(bytes: &[u8]) -> String {
    written(bytes, LOWER)
}

/// `5EE29085…`
#[must_use]
pub fn upper(bytes: &[u8]) -> String {
    written(bytes, UPPER)
}

fn written(bytes: &[u8], digits: &[u8; 16]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        push(&mut text, *byte, digits);
    }
    text
}

/// A byte's two digits.
pub(crate) fn push(text: &mut String, byte: u8, digits: &[u8; 16]) {
    for digit in [byte >> 4, byte & 15] {
        if let Some(digit) = digits.get(usize::from(digit)) {
            text.push(char::from(*digit));
        }
    }
}
