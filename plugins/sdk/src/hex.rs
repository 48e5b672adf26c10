//! Digests as text.

/// `5ee29085…`
#[must_use]
pub fn lower(bytes: &[u8]) -> String {
    written(bytes, b"0123456789abcdef")
}

/// `5EE29085…`
#[must_use]
pub fn upper(bytes: &[u8]) -> String {
    written(bytes, b"0123456789ABCDEF")
}

fn written(bytes: &[u8], digits: &[u8; 16]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| digits.get(usize::from(digit)).copied().map(char::from))
        .collect()
}
