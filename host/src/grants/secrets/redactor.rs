//! Finds an account's secrets in what comes in or goes out, in the forms in which they could be written, and strikes
//! them out.
//!
//! The search is by blocks (Wu and Manber's): a table tells how far the window may move without passing the beginning
//! of a match, so that most bytes are never looked at. It is our own because its tables are derived from secrets: a
//! library's automaton keeps copies that nobody wipes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::encoding::{LOWER, UPPER, hex};

/// The shortest form that is looked for, in bytes. Shorter ones stand in ordinary answers by chance.
const SHORTEST: usize = 4;
/// What stands in a secret's place.
const STRUCK: &[u8] = b"[redacted]";
/// Entries of the table; a power of two.
const TABLE: usize = 1024;

/// Strikes out the secrets of one account.
#[derive(Default)]
pub(crate) struct Redactor {
    /// Longer forms first: of two that begin at the same place, the longer is struck.
    forms: Vec<Zeroizing<Vec<u8>>>,
    /// For the hash of two bytes at the window's end: how far the window may move.
    shifts: Zeroizing<Vec<u8>>,
    /// The length of the window, that of the shortest form.
    window: usize,
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a [u8]>) -> Redactor {
        let mut forms: Vec<_> = secrets.flat_map(forms).filter(|form| form.len() >= SHORTEST).collect();
        forms.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        forms.dedup();
        let Some(window) = forms.last().map(|form| form.len().min(255)) else { return Redactor::default() };
        let furthest = u8::try_from(window - 1).unwrap_or(u8::MAX);
        let mut shifts = Zeroizing::new(vec![furthest; TABLE]);
        for form in &forms {
            for (place, pair) in form.windows(2).take(window - 1).enumerate() {
                if let (Some(shift), Ok(left)) = (shifts.get_mut(hash(pair)), u8::try_from(window - 2 - place)) {
                    *shift = left.min(*shift);
                }
            }
        }
        Redactor { forms, shifts, window }
    }

    /// The bytes with every secret in them struck out.
    pub(crate) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        let Some(first) = self.find(&bytes, 0) else { return bytes };
        let (mut left, mut rest, mut found) = (Vec::with_capacity(bytes.len()), 0, Some(first));
        while let Some((place, length)) = found {
            left.extend_from_slice(bytes.get(rest..place).unwrap_or_default());
            left.extend_from_slice(STRUCK);
            rest = place + length;
            found = self.find(&bytes, rest);
        }
        left.extend_from_slice(bytes.get(rest..).unwrap_or_default());
        left
    }

    /// The text with every secret in it struck out.
    pub(crate) fn text(&self, text: String) -> String {
        match self.find(text.as_bytes(), 0) {
            None => text,
            Some(_) => String::from_utf8_lossy(&self.bytes(text.into_bytes())).into_owned(),
        }
    }

    /// Where the next secret stands from a place on, and how long it is.
    fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        if self.forms.is_empty() {
            return None;
        }
        let furthest = self.window - 1;
        let mut begin = from;
        loop {
            let pair = bytes.get(begin + self.window - 2..begin + self.window)?;
            match usize::from(self.shifts.get(hash(pair)).copied().unwrap_or_default()) {
                // Most pairs stand in no form. As a branch, that is foreseen, and the next pair is read before the table
                // has answered; as one more sum, each step would wait for the one before.
                shift if shift == furthest => begin += furthest,
                0 => {
                    let here = bytes.get(begin..)?;
                    if let Some(form) = self.forms.iter().find(|form| here.starts_with(form)) {
                        return Some((begin, form.len()));
                    }
                    begin += 1;
                }
                shift => begin += shift,
            }
        }
    }
}

fn hash(pair: &[u8]) -> usize {
    let [one, other] = pair else { return 0 };
    (usize::from(*one) << 5 ^ usize::from(*other)) % TABLE
}

/// The forms in which a secret could be written: plain, in hexadecimal, base64 and URL encoding, and as JSON writes it.
fn forms(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms: Vec<Vec<u8>> = vec![secret.to_vec()];
    for digits in [LOWER, UPPER] {
        let mut form = Vec::with_capacity(secret.len() * 2);
        hex(secret, digits, &mut form);
        forms.push(form);
    }
    for before in 0..3 {
        forms.extend(base64(secret, before));
    }
    for digits in [LOWER, UPPER] {
        // RFC 3986, and as forms have it.
        forms.push(percent(secret, digits, b"-._~", false));
        forms.push(percent(secret, digits, b"*-._", true));
    }
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::Value::from(text).to_string();
        let inside = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
        // Some writers escape the slash, too.
        forms.push(inside.replace('/', "\\/").into_bytes());
        forms.push(inside.as_bytes().to_vec());
        drop(Zeroizing::new(json));
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

/// The characters of both alphabets that a secret alone decides, when so many bytes stand before it.
fn base64(secret: &[u8], before: usize) -> [Vec<u8>; 2] {
    let text = Zeroizing::new([vec![0; before].as_slice(), secret].concat());
    // Of the first characters some bits are those of the bytes before, and of the last one some are of what follows.
    let first = (before * 8).div_ceil(6);
    let last = text.len() * 8 / 6;
    [STANDARD_NO_PAD.encode(&*text), URL_SAFE_NO_PAD.encode(&*text)].map(|encoded| {
        let encoded = Zeroizing::new(encoded);
        encoded.as_bytes().get(first..last).unwrap_or_default().to_vec()
    })
}

fn percent(secret: &[u8], digits: &[u8; 16], plain: &[u8], plus: bool) -> Vec<u8> {
    let mut form = Vec::with_capacity(secret.len());
    for &byte in secret {
        if byte == b' ' && plus {
            form.push(b'+');
        } else if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            form.push(byte);
        } else {
            form.push(b'%');
            hex(&[byte], digits, &mut form);
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr/t+\"k y\"&货";

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|secret| secret.as_bytes()))
    }

    #[test]
    fn a_secret_is_struck_out_in_each_form_wherever_it_stands() {
        let redactor = redactor(&[SECRET]);
        let url: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let hexed: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        for form in [
            SECRET.to_owned(),
            url.clone(),
            url.replace('+', "%20"),
            url.to_lowercase(),
            hexed.to_uppercase(),
            hexed,
            serde_json::Value::from(SECRET).to_string(),
            serde_json::Value::from(SECRET).to_string().replace('/', "\\/"),
        ] {
            for (before, after) in [("", ""), ("x", "y"), ("it is ", " and ends"), ("货", "货")] {
                let left = redactor.text(format!("{before}{form}{after}"));
                let inside = left.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).unwrap();
                assert_eq!(inside.trim_matches('"'), "[redacted]", "{form} in {left}");
            }
        }
    }

    #[test]
    fn a_secret_inside_of_what_was_encoded_as_a_whole_is_struck_out() {
        let redactor = redactor(&[SECRET]);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "x", "xy", "xyz"] {
                let whole = format!("{before}{SECRET}{after}");
                for encoded in [STANDARD_NO_PAD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                    assert!(redactor.text(encoded.clone()).contains("[redacted]"), "{encoded}");
                }
            }
        }
    }

    #[test]
    fn of_several_secrets_each_is_struck_out_as_often_as_it_stands_there() {
        let redactor = redactor(&["first-secret", "second", "second-and-longer", ""]);
        let text = "second first-secret,second-and-longer;secondfirst-secretsecon".to_owned();
        assert_eq!(redactor.text(text), "[redacted] [redacted],[redacted];[redacted][redacted]secon");
    }

    #[test]
    fn what_has_no_secret_in_it_is_left_as_it_is() {
        for secrets in [&[][..], &["abc"], &["a-long-secret"]] {
            let redactor = redactor(secrets);
            for text in ["", "a", "abcd", "a-long-secre", "an ordinary answer of some length", "货货货"] {
                assert_eq!(redactor.text(text.to_owned()), text);
            }
        }
    }

    /// Against a search without cleverness, over texts of few letters, in which matches and near misses are many.
    #[test]
    fn nothing_that_a_plain_search_finds_is_missed() {
        let mut state = 7_u32;
        let mut letter = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b"abc"[usize::try_from(state >> 16).unwrap() % 3]
        };
        for round in 0..300 {
            let secret: Vec<u8> = (0..4 + round % 5).map(|_| letter()).collect();
            let text: Vec<u8> = (0..500).map(|_| letter()).collect();
            let redactor = Redactor::new(std::iter::once(secret.as_slice()));
            let plain = text.windows(secret.len()).position(|window| window == secret);
            assert_eq!(redactor.find(&text, 0).map(|(place, _)| place), plain);
            let left = redactor.bytes(text);
            assert!(!left.windows(secret.len()).any(|window| window == secret));
        }
    }
}
