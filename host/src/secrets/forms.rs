//! The forms in which a secret is searched for: as it is, in hexadecimal and in base64. Whatever else writers do to it is decoded
//! where it is searched for.
//!
//! Forms are compared folded: in lower case, and with one character for each that writers exchange.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::decoder;
use super::encoding::{LOWER, hex};

/// The secret's forms, folded and decoded like the texts in which they are searched.
pub(super) fn forms(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let as_it_is = Zeroizing::new(secret.iter().map(|byte| folded(*byte)).collect());
    let mut forms = vec![as_it_is, normal(secret)];
    let mut hexadecimal = Zeroizing::new(Vec::with_capacity(secret.len() * 2));
    hex(secret, LOWER, &mut hexadecimal);
    forms.push(hexadecimal);
    forms.extend((0..3).map(|before| base64(secret, before)));
    // Folding changes the case of ASCII alone.
    if let Some(text) = std::str::from_utf8(secret).ok().filter(|text| !text.is_ascii()) {
        for text in [text.to_lowercase(), text.to_uppercase()].map(Zeroizing::new) {
            forms.push(normal(text.as_bytes()));
        }
    }
    forms.sort_unstable_by(|one, other| one.as_slice().cmp(other));
    forms.dedup();
    forms
}

/// Folds a byte: a form differs from what a writer made of it neither in case, nor in whether a space is written as `+` (as in
/// forms), nor in the two alphabets of base64.
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

/// The secret as it is found in a text that was decoded.
fn normal(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut normal = Zeroizing::new(decoder::decoded(secret));
    normal.iter_mut().for_each(|byte| *byte = folded(*byte));
    normal
}

/// The characters of base64 that a secret alone decides, when so many bytes stand before it.
fn base64(secret: &[u8], before: usize) -> Zeroizing<Vec<u8>> {
    let text = Zeroizing::new([vec![0; before].as_slice(), secret].concat());
    // Of the first characters some bits are those of the bytes before, and of the last one some are of what follows.
    let first = (before * 8).div_ceil(6);
    let last = text.len() * 8 / 6;
    let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*text));
    let decided = encoded.as_bytes().get(first..last).unwrap_or_default();
    Zeroizing::new(decided.iter().map(|byte| folded(*byte)).collect())
}
