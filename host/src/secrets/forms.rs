//! Search forms of a secret: plain, hexadecimal and base64. All other encodings are decoded in the text that is searched.
//!
//! Forms are compared folded: in lower case, and with one character for each group of interchangeable characters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::decoder;
use super::encoding::{LOWER, hex};

/// The secret's forms, folded and decoded like the texts that are searched.
pub(super) fn forms(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let plain = Zeroizing::new(secret.iter().map(|byte| folded(*byte)).collect());
    let mut forms = vec![plain, normal(secret)];
    let mut hexadecimal = Zeroizing::new(Vec::with_capacity(secret.len() * 2));
    hex(secret, LOWER, &mut hexadecimal);
    forms.push(hexadecimal);
    forms.extend((0..3).map(|before| base64(secret, before)));
    // Folding changes the case of ASCII only.
    if let Some(text) = std::str::from_utf8(secret).ok().filter(|text| !text.is_ascii()) {
        for text in [text.to_lowercase(), text.to_uppercase()].map(Zeroizing::new) {
            forms.push(normal(text.as_bytes()));
        }
    }
    forms.sort_unstable_by(|one, other| one.as_slice().cmp(other));
    forms.dedup();
    forms
}

/// Folds a byte, so that a comparison ignores case, a space written as `+` (as in forms), and which of the two base64 alphabets
/// was used.
pub(super) fn folded(byte: u8) -> u8 {
    FOLDED.get(usize::from(byte)).copied().unwrap_or(byte)
}

const FOLDED: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte: u8 = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler; a byte is less than 256")]
    loop {
        table[byte as usize] = match byte {
            b' ' | b'+' => b'-',
            b'/' => b'_',
            other => other.to_ascii_lowercase(),
        };
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    table
};

/// The secret as it appears in a decoded text.
fn normal(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut normal = Zeroizing::new(decoder::decoded(secret));
    normal.iter_mut().for_each(|byte| *byte = folded(*byte));
    normal
}

/// The base64 characters that depend on the secret alone, when it follows `before` other bytes.
fn base64(secret: &[u8], before: usize) -> Zeroizing<Vec<u8>> {
    let text = Zeroizing::new([vec![0; before].as_slice(), secret].concat());
    // The first characters contain bits of the bytes before the secret, and the last one bits of the bytes after it.
    let first = (before * 8).div_ceil(6);
    let last = text.len() * 8 / 6;
    let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*text));
    let own = encoded.as_bytes().get(first..last).unwrap_or_default();
    Zeroizing::new(own.iter().map(|byte| folded(*byte)).collect())
}
