//! Finds an account's secrets in what comes in or goes out, in the forms in which they could be written, and strikes
//! them out.
//!
//! The search is by blocks (Wu and Manber's): a table tells how far the window may move without passing the beginning
//! of a match, so that most bytes are never looked at. A text with too many near misses is handed to an automaton, which
//! keeps the search linear for any input. Both are our own because their tables are derived from secrets: a library would keep
//! copies that are not wiped.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::automaton::Automaton;
use super::encoding::{LOWER, UPPER, hex};

/// The shortest form that is looked for, in bytes. Shorter ones stand in ordinary answers by chance.
const SHORTEST: usize = 4;
/// What stands in a secret's place.
const STRUCK: &[u8] = b"[redacted]";
/// Entries of the table; a power of two.
const TABLE: usize = 1024;
/// Bytes of forms that block search may compare for each byte of a text, and at least, before the automaton takes over.
const VERIFY_BUDGET_PER_BYTE: usize = 4;
const MIN_VERIFY_BUDGET: usize = 16 * 1024;
/// Size of all forms from which the automaton is built at once, not with the first text that needs it.
const EAGER_AUTOMATON_BYTES: usize = 16 * 1024;

/// Strikes out the secrets of one account.
#[derive(Default)]
pub(crate) struct Redactor {
    /// Longer forms first: of two that begin at the same place, the longer is struck.
    forms: Vec<Zeroizing<Vec<u8>>>,
    /// For the hash of two bytes at the window's end: how far the window may move.
    shifts: Zeroizing<Vec<u8>>,
    /// The length of the window, that of the shortest form.
    window: usize,
    /// Built when a text needs it, or at once where the forms are large.
    automaton: OnceLock<Automaton>,
}

/// Disjoint byte ranges, in order.
type Ranges = Vec<(usize, usize)>;

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
        let redactor = Redactor { forms, shifts, window, automaton: OnceLock::new() };
        if redactor.forms.iter().map(|form| form.len()).sum::<usize>() > EAGER_AUTOMATON_BYTES {
            redactor.automaton();
        }
        redactor
    }

    /// The bytes with every secret in them struck out.
    pub(crate) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self.matches(&bytes).as_slice() {
            [] => bytes,
            ranges => struck(&bytes, ranges),
        }
    }

    /// The text with every secret in it struck out.
    pub(crate) fn text(&self, text: String) -> String {
        match self.matches(text.as_bytes()).as_slice() {
            [] => text,
            ranges => String::from_utf8_lossy(&struck(text.as_bytes(), ranges)).into_owned(),
        }
    }

    /// Ranges that any secret covers: the union of all matches, so that overlapping secrets leave no part.
    fn matches(&self, bytes: &[u8]) -> Ranges {
        let mut places = Ranges::new();
        if self.forms.is_empty() {
            return places;
        }
        let furthest = self.window - 1;
        // Budget for comparing candidates.
        let mut left = bytes.len().saturating_mul(VERIFY_BUDGET_PER_BYTE).saturating_add(MIN_VERIFY_BUDGET);
        let mut begin = 0;
        while let Some(pair) = bytes.get(begin + self.window - 2..begin + self.window) {
            match usize::from(self.shifts.get(hash(pair)).copied().unwrap_or_default()) {
                // Most pairs stand in no form. As a branch, that is foreseen, and the next pair is read before the table
                // has answered; as one more sum, each step would wait for the one before.
                shift if shift == furthest => begin += furthest,
                0 => {
                    let here = bytes.get(begin..).unwrap_or_default();
                    let (longest, spent) = self.longest(here);
                    if let Some(length) = longest {
                        merge(&mut places, (begin, begin + length));
                    }
                    begin += 1;
                    left = match left.checked_sub(spent) {
                        Some(left) => left,
                        None => {
                            self.automaton()
                                .for_each_match(bytes, begin, |begin, end| merge(&mut places, (begin, end)));
                            return places;
                        }
                    };
                }
                shift => begin += shift,
            }
        }
        places
    }

    fn automaton(&self) -> &Automaton {
        self.automaton.get_or_init(|| Automaton::of(&self.forms))
    }

    /// The longest form that these bytes begin with, and how many bytes were looked at.
    fn longest(&self, here: &[u8]) -> (Option<usize>, usize) {
        let mut spent = 0;
        for form in &self.forms {
            let same = here.iter().zip(form.iter()).take_while(|(one, other)| one == other).count();
            spent += same + 1;
            if same == form.len() {
                return (Some(same), spent);
            }
        }
        (None, spent)
    }
}

fn struck(bytes: &[u8], ranges: &[(usize, usize)]) -> Vec<u8> {
    let (mut left, mut rest) = (Vec::with_capacity(bytes.len()), 0);
    for (begin, end) in ranges {
        left.extend_from_slice(bytes.get(rest..*begin).unwrap_or_default());
        left.extend_from_slice(STRUCK);
        rest = *end;
    }
    left.extend_from_slice(bytes.get(rest..).unwrap_or_default());
    left
}

/// Merges a range into ranges that all end, or all begin, no later than it does.
fn merge(places: &mut Ranges, (mut begin, mut end): (usize, usize)) {
    while let Some((before, its_end)) = places.pop_if(|(_, its_end)| *its_end > begin) {
        (begin, end) = (begin.min(before), end.max(its_end));
    }
    places.push((begin, end));
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

    #[test]
    fn overlapping_secrets_are_struck_out_whole() {
        let redactor = redactor(&["abcdefgh", "efghijkl", "kl-and-on", "bcde"]);
        assert_eq!(redactor.text("<abcdefghijkl-and-on>".to_owned()), "<[redacted]>");
        assert_eq!(redactor.text("<abcdefghijk>".to_owned()), "<[redacted]ijk>");
    }

    /// Texts over two letters have many matches and near misses: the automaton alone, and block search with its hand-over, find
    /// what a plain search finds.
    #[test]
    fn automaton_and_block_search_find_the_same_matches() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..200 {
            let secrets: Vec<Vec<u8>> = (0..random.usize(1..6))
                .map(|_| (0..random.usize(4..40)).map(|_| random.choice(*b"ab").unwrap()).collect())
                .collect();
            let redactor = Redactor::new(secrets.iter().map(Vec::as_slice));
            let text: Vec<u8> = (0..random.usize(1..30_000)).map(|_| random.choice(*b"ab").unwrap()).collect();
            let mut covered = vec![false; text.len()];
            for form in &redactor.forms {
                for (begin, _) in text.windows(form.len()).enumerate().filter(|(_, window)| *window == form.as_slice())
                {
                    covered[begin..begin + form.len()].fill(true);
                }
            }
            let mut places = Ranges::new();
            Automaton::of(&redactor.forms).for_each_match(&text, 0, |begin, end| merge(&mut places, (begin, end)));
            for found in [places, redactor.matches(&text)] {
                let mut seen = vec![false; text.len()];
                found.iter().for_each(|(begin, end)| seen[*begin..*end].fill(true));
                assert!(seen == covered);
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
            assert_eq!(redactor.matches(&text).first().map(|(place, _)| *place), plain);
            let left = redactor.bytes(text);
            assert!(!left.windows(secret.len()).any(|window| window == secret));
        }
    }
}
