//! Redactor: finds an account's secrets in incoming and outgoing texts, however they are encoded, and replaces them.
//!
//! A text is searched as received and, if anything in it is escaped, once more decoded (`decoder`); the union of both is redacted
//! in the text as received. Each search is for the forms that decoding does not undo (`forms`), and for each form without its
//! edges: characters before a secret may form an escape together with the secret's beginning.
//!
//! The search is by blocks (Wu and Manber): a table tells how far the window may move without passing the beginning of a match,
//! so that most bytes are never read. A text with too many near misses goes to an automaton, which keeps the search linear for
//! any input. Both are our own because their tables are derived from secrets: a library would keep copies that are not wiped.

#![cfg_attr(not(feature = "testing"), expect(unreachable_pub, reason = "public to tests and benches alone"))]

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::automaton::Automaton;
use super::decoder;
use super::forms::{folded, forms};

/// Minimum form that is searched for, in bytes. Shorter ones occur in ordinary texts by chance.
const SHORTEST: usize = 4;
/// Minimum form that is redacted in an answer, in bytes: redacting a figure that equals a weak secret is worse than an echo of
/// the secret.
const SHORTEST_IN_ANSWER: usize = 8;
/// Maximum edge that is left out at either end of a form: `\u` takes four digits into its escape.
const EDGE: usize = 4;
/// Minimum length of a form between its edges.
const SHORTEST_CORE: usize = 8;
/// Maximum length of an encoded secret in a text that is cut, as a multiple of the secret's length: six bytes for one, times two.
const LONGEST_WRITTEN: usize = 12;
/// Replacement of a secret.
pub(crate) const PLACEHOLDER: &[u8] = b"[redacted]";
/// Entries of the table; a power of two.
const TABLE: usize = 1024;
/// Bytes of forms that block search may compare per byte of a text before the automaton takes over.
const VERIFY_BUDGET_PER_BYTE: usize = 4;
/// Minimum budget of a text, in bytes.
const MIN_VERIFY_BUDGET: usize = 16 * 1024;
/// Total size of patterns from which the automaton is built at once rather than for the first text that needs it.
const EAGER_AUTOMATON_BYTES: usize = 32 * 1024;

/// Redacts the secrets of one account.
#[derive(Default)]
pub struct Redactor {
    names: Vec<Arc<str>>,
    forms: Vec<Form>,
    /// Longer ones first: of two that begin at the same place, the longer is redacted.
    patterns: Vec<Pattern>,
    /// Allowed move of the window, by the hash of two bytes at its end.
    shifts: Zeroizing<Vec<u8>>,
    /// Length of the window: that of the shortest pattern.
    window: usize,
    /// Built when a text needs it, or at once if the patterns are large.
    automaton: OnceLock<Automaton>,
}

/// A form of a secret.
struct Form {
    bytes: Zeroizing<Vec<u8>>,
    /// Index of the secret's name.
    name: usize,
}

/// A search pattern: a form, or a form without its edges. It is small, because idle accounts have some thirty each.
struct Pattern {
    form: u32,
    begin: u32,
    end: u32,
}

impl Pattern {
    fn new(form: u32, range: (usize, usize)) -> Option<Pattern> {
        Some(Pattern { form, begin: u32::try_from(range.0).ok()?, end: u32::try_from(range.1).ok()? })
    }

    fn range(&self) -> std::ops::Range<usize> {
        self.begin as usize..self.end as usize
    }
}

/// Matches in a text.
#[derive(Default)]
struct Found {
    /// Disjoint ranges of bytes, in order.
    ranges: Vec<(usize, usize)>,
    /// Indices of the names of the matched secrets.
    names: BTreeSet<usize>,
}

impl Redactor {
    /// Makes a redactor of these secrets, each with its name.
    pub fn new<'a>(secrets: impl Iterator<Item = (Arc<str>, &'a [u8])>) -> Redactor {
        let (mut names, mut all) = (Vec::new(), Vec::new());
        for (name, secret) in secrets {
            let of_secret = forms(secret).into_iter().filter(|form| form.len() >= SHORTEST);
            all.extend(of_secret.map(|bytes| Form { bytes, name: names.len() }));
            names.push(name);
        }
        all.shrink_to_fit();
        let mut patterns: Vec<Pattern> = (0..).zip(&all).flat_map(|(place, form)| patterns(place, form)).collect();
        patterns.shrink_to_fit();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.range().len()));
        let Some(window) = patterns.last().map(|pattern| pattern.range().len().min(255)) else {
            return Redactor::default();
        };
        let furthest = u8::try_from(window - 1).unwrap_or(u8::MAX);
        let mut redactor = Redactor {
            names,
            forms: all,
            patterns,
            shifts: Zeroizing::new(vec![furthest; TABLE]),
            window,
            automaton: OnceLock::new(),
        };
        redactor.fill_shifts();
        if redactor.patterns.iter().map(|pattern| pattern.range().len()).sum::<usize>() > EAGER_AUTOMATON_BYTES {
            redactor.automaton();
        }
        redactor
    }

    fn fill_shifts(&mut self) {
        let mut shifts = std::mem::take(&mut self.shifts);
        for bytes in self.patterns.iter().map(|pattern| self.bytes_of(pattern)) {
            for (place, pair) in bytes.windows(2).take(self.window - 1).enumerate() {
                if let (Some(shift), Ok(left)) = (shifts.get_mut(hash(pair)), u8::try_from(self.window - 2 - place)) {
                    *shift = left.min(*shift);
                }
            }
        }
        self.shifts = shifts;
    }

    /// Redacts every secret in the bytes.
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self.found(&bytes, SHORTEST).ranges.as_slice() {
            [] => bytes,
            ranges => redact_ranges(&bytes, ranges),
        }
    }

    /// Redacts every secret in the text.
    pub fn text(&self, text: String) -> String {
        match self.found(text.as_bytes(), SHORTEST).ranges.as_slice() {
            [] => text,
            ranges => String::from_utf8_lossy(&redact_ranges(text.as_bytes(), ranges)).into_owned(),
        }
    }

    /// Redacts every secret of at least eight characters in a provider's answer; calls `report` with the name of each.
    pub fn answer(&self, bytes: Vec<u8>, mut report: impl FnMut(&str)) -> Vec<u8> {
        let found = self.found(&bytes, SHORTEST_IN_ANSWER);
        found.names.iter().filter_map(|name| self.names.get(*name)).for_each(|name| report(name));
        if found.ranges.is_empty() { bytes } else { redact_ranges(&bytes, &found.ranges) }
    }

    /// Redacts the beginning of a text, of at most `longest` bytes before redaction. A secret cut at its end is redacted, too.
    pub(crate) fn beginning(&self, text: &str, longest: usize) -> String {
        let longest_form = self.forms.iter().map(|form| form.bytes.len()).max().unwrap_or_default();
        let reach = longest.saturating_add(longest_form.saturating_mul(LONGEST_WRITTEN));
        let seen = text.as_bytes().get(..reach).unwrap_or(text.as_bytes());
        let kept = text.floor_char_boundary(longest);
        let mut ranges = self.found(seen, SHORTEST).ranges;
        ranges.retain(|(begin, _)| *begin < kept);
        if let Some((_, end)) = ranges.last_mut() {
            *end = kept.min(*end);
        }
        String::from_utf8_lossy(&redact_ranges(seen.get(..kept).unwrap_or(seen), &ranges)).into_owned()
    }

    /// Ranges of the text covered by forms of at least `shortest` bytes: the union of all matches, so that no part of overlapping
    /// secrets is left.
    fn found(&self, text: &[u8], shortest: usize) -> Found {
        if self.patterns.is_empty() {
            return Found::default();
        }
        let mut found = self.search(text, shortest);
        if decoder::is_escaped(text) {
            let decoded = self.search(&decoder::decoded(text), shortest);
            found.add(decoded.placed_in(text));
        }
        found
    }

    /// Matches in a text, without decoding it.
    fn search(&self, text: &[u8], shortest: usize) -> Found {
        let mut found = Found::default();
        let furthest = self.window - 1;
        // Budget for comparing candidates.
        let mut left = text.len().saturating_mul(VERIFY_BUDGET_PER_BYTE).saturating_add(MIN_VERIFY_BUDGET);
        let mut begin = 0;
        while let Some(pair) = text.get(begin + self.window - 2..begin + self.window) {
            match usize::from(self.shifts.get(hash(pair)).copied().unwrap_or_default()) {
                // Most pairs occur in no form. As a branch, this case is predicted, and the next pair is read before the table
                // look-up is done; as an addition, each step would wait for the one before.
                shift if shift == furthest => begin += furthest,
                0 => {
                    let (longest, spent) = self.longest(text.get(begin..).unwrap_or_default());
                    if let Some(pattern) = longest {
                        self.matched(pattern, text, begin, shortest, &mut found);
                    }
                    begin += 1;
                    left = match left.checked_sub(spent) {
                        Some(left) => left,
                        None => {
                            self.search_with_automaton(text, begin, shortest, &mut found);
                            return found;
                        }
                    };
                }
                shift => begin += shift,
            }
        }
        found
    }

    fn search_with_automaton(&self, text: &[u8], from: usize, shortest: usize, found: &mut Found) {
        let bytes = text.iter().map(|byte| folded(*byte));
        self.automaton().for_each_match(bytes, from, |pattern, end| {
            if let Some(pattern) = self.patterns.get(pattern) {
                self.matched(pattern, text, end - pattern.range().len(), shortest, found);
            }
        });
    }

    fn automaton(&self) -> &Automaton {
        self.automaton.get_or_init(|| Automaton::of(self.patterns.iter().map(|pattern| self.bytes_of(pattern))))
    }

    /// The longest pattern that these bytes begin with, and the number of bytes compared.
    fn longest(&self, here: &[u8]) -> (Option<&Pattern>, usize) {
        let mut spent = 0;
        for pattern in &self.patterns {
            let bytes = self.bytes_of(pattern);
            let same = here.iter().zip(bytes).take_while(|(one, other)| folded(**one) == **other).count();
            spent += same + 1;
            if same == bytes.len() {
                return (Some(pattern), spent);
            }
        }
        (None, spent)
    }

    fn bytes_of(&self, pattern: &Pattern) -> &[u8] {
        let form = self.forms.get(pattern.form as usize).map(|form| form.bytes.as_slice());
        form.and_then(|form| form.get(pattern.range())).unwrap_or_default()
    }

    /// Adds a match of a pattern, with the parts of its form's edges that are around it. If an edge is incomplete, the character
    /// next to it has taken the rest into its escape.
    fn matched(&self, pattern: &Pattern, text: &[u8], begin: usize, shortest: usize, found: &mut Found) {
        let Some(form) = self.forms.get(pattern.form as usize).filter(|form| form.bytes.len() >= shortest) else {
            return;
        };
        let end = begin + pattern.range().len();
        let same = |(one, other): &(&u8, &u8)| folded(**one) == **other;
        let (before, after) = (text.get(..begin).unwrap_or_default(), text.get(end..).unwrap_or_default());
        let (head, tail) =
            (form.bytes.get(..pattern.range().start).unwrap_or_default(), form.bytes.get(pattern.range().end..));
        let tail = tail.unwrap_or_default();
        let in_head = before.iter().rev().zip(head.iter().rev()).take_while(same).count();
        let in_tail = after.iter().zip(tail).take_while(same).count();
        let begin = begin.saturating_sub(in_head + usize::from(in_head < head.len()));
        let end = (end + in_tail + usize::from(in_tail < tail.len())).min(text.len());
        merge(&mut found.ranges, (begin, end));
        found.names.insert(form.name);
    }
}

/// The patterns of a form: the whole form, and the form without its edges, if enough is left to identify it.
fn patterns(place: u32, form: &Form) -> impl Iterator<Item = Pattern> + use<> {
    let length = form.bytes.len();
    let edges = length.saturating_sub(SHORTEST_CORE);
    let head = edges.min(EDGE);
    let tail = (edges - head).min(EDGE);
    // A short form keeps at least its core, and loses one edge or the other.
    let ranges = [(0, length), (head, length - tail), (0, length - head)];
    ranges.into_iter().take(if head > 0 { 3 } else { 1 }).filter_map(move |range| Pattern::new(place, range))
}

impl Found {
    /// Maps matches in the decoded text to ranges of the text.
    fn placed_in(self, text: &[u8]) -> Found {
        let ends: Vec<usize> = self.ranges.iter().flat_map(|(begin, end)| [*begin, *end]).collect();
        let places = if ends.is_empty() { Vec::new() } else { decoder::places(text, &ends) };
        let ranges = places.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)));
        Found { ranges: ranges.collect(), names: self.names }
    }

    fn add(&mut self, other: Found) {
        self.names.extend(other.names);
        if other.ranges.is_empty() {
            return;
        }
        let mut all = std::mem::take(&mut self.ranges);
        all.extend(other.ranges);
        all.sort_unstable();
        all.into_iter().for_each(|range| merge(&mut self.ranges, range));
    }
}

fn redact_ranges(bytes: &[u8], ranges: &[(usize, usize)]) -> Vec<u8> {
    let (mut left, mut rest) = (Vec::with_capacity(bytes.len()), 0);
    for (begin, end) in ranges {
        left.extend_from_slice(bytes.get(rest..*begin).unwrap_or_default());
        left.extend_from_slice(PLACEHOLDER);
        rest = *end;
    }
    left.extend_from_slice(bytes.get(rest..).unwrap_or_default());
    left
}

/// Merges a range into a list whose ranges all end, or all begin, no later than it does.
fn merge(places: &mut Vec<(usize, usize)>, (mut begin, mut end): (usize, usize)) {
    while let Some((before, its_end)) = places.pop_if(|(_, its_end)| *its_end > begin) {
        (begin, end) = (begin.min(before), end.max(its_end));
    }
    places.push((begin, end));
}

fn hash(pair: &[u8]) -> usize {
    let [one, other] = pair else { return 0 };
    (usize::from(folded(*one)) << 5 ^ usize::from(folded(*other))) % TABLE
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    use super::*;

    const SECRET: &str = "s3cr/t+\"k y\"&货";

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|secret| ("key".into(), secret.as_bytes())))
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
            for text in ["", "a", "abcd", "a-long", "an ordinary answer of some length", "货货货"] {
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

    /// Marks the bytes covered by these ranges.
    fn covered(length: usize, ranges: &[(usize, usize)]) -> Vec<bool> {
        let mut covered = vec![false; length];
        ranges.iter().for_each(|(begin, end)| covered[*begin..*end].fill(true));
        covered
    }

    /// The automaton alone, and block search with its hand-over, find what a naive search finds: texts over two letters have many
    /// matches and near misses.
    #[test]
    fn automaton_and_block_search_find_the_same_matches() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..200 {
            let secrets: Vec<Vec<u8>> = (0..random.usize(1..6))
                .map(|_| (0..random.usize(4..40)).map(|_| random.choice(*b"ab").unwrap()).collect())
                .collect();
            let redactor = Redactor::new(secrets.iter().map(|secret| ("key".into(), secret.as_slice())));
            let text: Vec<u8> = (0..random.usize(1..30_000)).map(|_| random.choice(*b"ab").unwrap()).collect();
            let mut expected = vec![false; text.len()];
            for form in &redactor.forms {
                let form = form.bytes.as_slice();
                for (begin, _) in text.windows(form.len()).enumerate().filter(|(_, window)| *window == form) {
                    expected[begin..begin + form.len()].fill(true);
                }
            }
            let mut by_automaton = Found::default();
            redactor.search_with_automaton(&text, 0, SHORTEST, &mut by_automaton);
            for found in [by_automaton, redactor.search(&text, SHORTEST)] {
                let found = covered(text.len(), &found.ranges);
                // A form without its edges matches, too: more may be covered, but never less.
                assert!(expected.iter().zip(&found).all(|(plain, found)| found >= plain));
            }
        }
    }

    /// Compared with a naive search, over texts of few letters, which have many matches and near misses.
    #[test]
    fn nothing_that_a_plain_search_finds_is_missed() {
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..300 {
            let secret: Vec<u8> = (0..4 + round % 5).map(|_| random.choice(*b"abc").unwrap()).collect();
            let text: Vec<u8> = (0..500).map(|_| random.choice(*b"abc").unwrap()).collect();
            let redactor = Redactor::new(std::iter::once(("key".into(), secret.as_slice())));
            let plain = text.windows(secret.len()).position(|window| window == secret);
            assert_eq!(redactor.found(&text, SHORTEST).ranges.first().map(|(begin, _)| *begin), plain);
            let left = redactor.bytes(text);
            assert!(!left.windows(secret.len()).any(|window| window == secret));
        }
    }

    #[test]
    fn what_stands_before_a_secret_does_not_hide_its_beginning() {
        for secret in ["41be/f00d+cafe", "n0t/yet+known", "25/2541/+secret"] {
            let redactor = redactor(&[secret]);
            for before in ["\\", "\\u00", "\\u", "%", "%2", "%25", "&#", "&#x", "&", "\\\\"] {
                let written = serde_json::Value::from(format!("{before}{secret}&")).to_string().replace('/', r"\/");
                let left = redactor.text(written.clone());
                for length in 5..=secret.len() {
                    for piece in secret.as_bytes().windows(length) {
                        let piece = std::str::from_utf8(piece).unwrap();
                        assert!(!left.contains(piece), "{piece} in {left}, of {written}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_answer_tells_whose_secrets_were_struck_and_keeps_what_is_short() {
        let secrets = [("short", "1234567"), ("long", "12345678"), ("other", "abcdefghij")];
        let redactor = Redactor::new(secrets.iter().map(|(name, secret)| ((*name).into(), secret.as_bytes())));
        let mut reported = Vec::new();
        let left =
            redactor.answer(b"1234567 12345678 ABCDEFGHIJ abcdefghij".to_vec(), |name| reported.push(name.to_owned()));
        assert_eq!(String::from_utf8(left).unwrap(), "1234567 [redacted] [redacted] [redacted]");
        assert_eq!(reported, ["long", "other"]);
        assert_eq!(redactor.text("1234567".to_owned()), "[redacted]");
    }

    #[test]
    fn a_secret_at_which_a_text_is_cut_is_struck_out() {
        let redactor = redactor(&["first-secret", "another/secret"]);
        let text = r"first-secret first-secret and another\/secret and more";
        for longest in 0..=text.len() {
            let left = redactor.beginning(text, longest);
            assert!(!left.contains("fir") && !left.contains("ano") && !left.contains("sec"), "{longest}: {left}");
            assert!(left.len() <= longest + 30, "{longest}: {left}");
        }
        assert_eq!(redactor.beginning("货货货", 4), "货");
    }
}
