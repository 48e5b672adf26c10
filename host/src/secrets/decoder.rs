//! Decoder of escapes: JSON's `\u002B` and `\/`, percent encoding, entities of HTML and XML, any of them nested in another, and
//! line breaks.
//!
//! A text is read once. Decoded bytes lie on a stack; when a byte completes an escape at the stack's end, the escape is replaced,
//! and the decoded byte may complete the next one. So `%252B`, `\\u002B` and `&amp;#43;` all become `+`, at any nesting depth, in
//! time linear in the text. Other backslashes are dropped: in nested escapes, an escaped backslash and the beginning of an escape
//! look alike.

use super::encoding::hex_digit;

/// Maximum length of an escape, in bytes: `&#x0010FFFF;`.
const LONGEST_ESCAPE: usize = 12;
/// Number of latest bytes whose places are remembered: a power of two, larger than an escape.
const REMEMBERED: usize = 16;
/// Size of a block that is scanned for the beginning of an escape, without a branch inside.
const BLOCK: usize = 32;

/// Whether decoding changes anything.
pub(super) fn is_escaped(text: &[u8]) -> bool {
    first_special(text) < text.len()
}

/// Decodes a text. The result is at most as long as the text.
pub(super) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::new(text.len(), &[]);
    decoder.read(text);
    decoder.stack
}

/// Maps ascending offsets in the decoded text to the offsets in the text at which their bytes begin.
pub(super) fn places(text: &[u8], wanted: &[usize]) -> Vec<usize> {
    let mut decoder = Decoder::new(text.len(), wanted);
    decoder.read(text);
    decoder.found.resize(wanted.len(), text.len());
    decoder.found
}

struct Decoder<'w> {
    stack: Vec<u8>,
    /// The latest bytes that were pushed one by one, by their place on the stack modulo [`REMEMBERED`].
    last: [Entry; REMEMBERED],
    /// Backslashes after the stack's end: they are not pushed.
    backslashes: Backslashes,
    /// Up to this length of the stack, its end may belong to an escape.
    open_until: usize,
    /// Offsets on the stack to map, ascending.
    wanted: &'w [usize],
    /// Places in the text of the offsets mapped so far.
    found: Vec<usize>,
}

/// A remembered byte on the stack.
#[derive(Clone, Copy, Default)]
struct Entry {
    place: usize,
    /// Its beginning in the text, its backslashes included.
    begin: usize,
    /// Number of backslashes before it.
    backslashes: usize,
}

/// A run of backslashes, and its beginning in the text.
#[derive(Clone, Copy, Default)]
struct Backslashes {
    begin: usize,
    count: usize,
}

impl<'w> Decoder<'w> {
    fn new(room: usize, wanted: &'w [usize]) -> Decoder<'w> {
        Decoder {
            stack: Vec::with_capacity(room),
            last: [Entry::default(); REMEMBERED],
            backslashes: Backslashes::default(),
            open_until: 0,
            wanted,
            found: Vec::with_capacity(wanted.len()),
        }
    }

    fn read(&mut self, text: &[u8]) {
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let is_open = self.stack.len() < self.open_until || self.backslashes.count > 0;
            let plain = if is_open || rest.first().copied().is_some_and(is_special) { 0 } else { first_special(rest) };
            match rest.first() {
                Some(_) if plain > 0 => {
                    self.copy(rest.get(..plain).unwrap_or_default(), at);
                    at += plain;
                }
                Some(byte) => match self.push_common(rest, at) {
                    0 => {
                        self.push(*byte, at);
                        at += 1;
                    }
                    taken => at += taken,
                },
                None => return,
            }
        }
    }

    /// Copies bytes that belong to no escape.
    fn copy(&mut self, plain: &[u8], at: usize) {
        let before = self.stack.len();
        let end = before + plain.len();
        while let Some(wanted) = self.wanted.get(self.found.len()).filter(|wanted| **wanted < end) {
            self.found.push(at + (wanted - before));
        }
        self.stack.extend_from_slice(plain);
    }

    /// Decodes a common escape, `\u4ed3` or `\/`, in one step. Returns 0 if it could be part of another escape.
    fn push_common(&mut self, rest: &[u8], at: usize) -> usize {
        if self.backslashes.count > 0 {
            return 0;
        }
        let unit =
            |digits: &[u8; 4]| digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | u32::from(hex_digit(*digit)?)));
        match rest {
            [b'\\', b'u', one, two, three, four, ..] => {
                let value = unit(&[*one, *two, *three, *four]).and_then(char::from_u32);
                let Some(value) = value.filter(|value| !value.is_ascii()) else { return 0 };
                self.put_char(value, at);
                6
            }
            [b'\\', plain, ..] if !is_part(*plain) && !matches!(plain, b'\r' | b'\n') => {
                self.put(*plain, at, 0);
                2
            }
            _ => 0,
        }
    }

    /// Pushes the next byte, and decodes the escapes that it completes.
    fn push(&mut self, byte: u8, begin: usize) {
        let (mut byte, mut begin) = (byte, begin);
        // Each round but the last shortens the stack.
        loop {
            if byte == b'\\' {
                let backslashes = &mut self.backslashes;
                backslashes.begin = if backslashes.count == 0 { begin } else { backslashes.begin };
                backslashes.count += 1;
                return;
            }
            let before = std::mem::take(&mut self.backslashes);
            if matches!(byte, b'\r' | b'\n') {
                return;
            }
            if before.count > 0 {
                begin = before.begin;
                // Upper case too: texts are compared without regard to case, so they are decoded without it.
                match byte.to_ascii_lowercase() {
                    b'n' | b'r' => return,
                    b't' => byte = b'\t',
                    b'b' => byte = 0x08,
                    b'f' => byte = 0x0c,
                    _ => {}
                }
            }
            self.put(byte, begin, before.count);
            let Some((length, value)) = self.completed(byte) else { return };
            let first = self.drop_last(length);
            begin = first.begin;
            self.backslashes = Backslashes { begin, count: value.backslashes(first.backslashes) };
            match value {
                Value::Byte(value) => byte = value,
                Value::Unit(value) | Value::Char(value) if value.is_ascii() => {
                    byte = u8::try_from(value).unwrap_or_default();
                }
                Value::Unit(value) | Value::Char(value) => {
                    self.backslashes = Backslashes::default();
                    self.put_char(value, begin);
                    return;
                }
            }
        }
    }

    fn put_char(&mut self, value: char, begin: usize) {
        if value.is_ascii() || self.found.len() < self.wanted.len() {
            return value.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| self.put(byte, begin, 0));
        }
        self.stack.extend_from_slice(value.encode_utf8(&mut [0; 4]).as_bytes());
        self.open_until = 0;
    }

    fn put(&mut self, byte: u8, begin: usize, backslashes: usize) {
        let place = self.stack.len();
        // The same offset may occur twice, as the end of one range and the beginning of the next.
        while self.wanted.get(self.found.len()) == Some(&place) {
            self.found.push(begin);
        }
        self.stack.push(byte);
        if !is_part(byte) {
            // Such a byte ends any incomplete escape.
            self.open_until = 0;
            return;
        }
        if let Some(kept) = self.last.get_mut(place % REMEMBERED) {
            *kept = Entry { place, begin, backslashes };
        }
        if backslashes > 0 || is_special(byte) {
            self.open_until = place + LONGEST_ESCAPE;
        }
    }

    /// Pops `length` bytes off the stack, and returns the first of them.
    fn drop_last(&mut self, length: usize) -> Entry {
        let left = self.stack.len().saturating_sub(length);
        self.stack.truncate(left);
        let kept = self.wanted.partition_point(|wanted| *wanted < left);
        self.found.truncate(kept);
        self.last.get(left % REMEMBERED).copied().unwrap_or_default()
    }

    /// Whether this letter is at `from_end` on the stack, after a backslash.
    fn is_escape(&self, from_end: usize, letter: u8) -> bool {
        let place = self.stack.len().wrapping_sub(from_end);
        self.back(from_end).is_some_and(|byte| byte.eq_ignore_ascii_case(&letter))
            && self.last.get(place % REMEMBERED).is_some_and(|entry| entry.place == place && entry.backslashes > 0)
    }

    /// The byte at `from_end` on the stack, where 1 is the last.
    fn back(&self, from_end: usize) -> Option<u8> {
        self.stack.len().checked_sub(from_end).and_then(|place| self.stack.get(place)).copied()
    }

    /// The escape that the last byte completes: its length and its value.
    fn completed(&self, last: u8) -> Option<(usize, Value)> {
        if last == b';' {
            return self.entity();
        }
        let low = hex_digit(last)?;
        let digit = |from_end| self.back(from_end).and_then(hex_digit);
        let high = digit(2)?;
        let byte = high << 4 | low;
        match self.back(3)? {
            b'%' => return Some((3, Value::Byte(byte))),
            _ if self.is_escape(3, b'x') => return Some((3, Value::Unit(char::from(byte)))),
            _ if self.is_escape(5, b'u') => {}
            _ => return None,
        }
        let unit = u32::from(digit(4)? << 4 | digit(3)?) << 8 | u32::from(byte);
        if let Some(value) = char::from_u32(unit) {
            return Some((5, Value::Unit(value)));
        }
        // The second half of a surrogate pair, after the first one.
        if !self.is_escape(10, b'u') {
            return None;
        }
        let place = self.stack.len().checked_sub(9)?;
        let first = std::str::from_utf8(self.stack.get(place..place + 4)?).ok()?;
        let first = u32::from_str_radix(first, 16).ok()?;
        let is_pair = (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&unit);
        let value = is_pair.then(|| 0x1_0000 + ((first - 0xd800) << 10) + (unit - 0xdc00))?;
        Some((10, Value::Unit(char::from_u32(value)?)))
    }

    /// `&amp;`, `&#43;`, `&#x2B;`.
    fn entity(&self) -> Option<(usize, Value)> {
        let begin = self.stack.len().saturating_sub(LONGEST_ESCAPE);
        let tail = self.stack.get(begin..)?;
        let inside = tail.rsplit(|byte| *byte == b'&').next().filter(|inside| inside.len() < tail.len())?;
        let name = std::str::from_utf8(inside.strip_suffix(b";")?).ok()?;
        let value = match name.strip_prefix('#') {
            Some(number) => char::from_u32(match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            })?,
            None => named(name)?,
        };
        Some((inside.len() + 1, Value::Char(value)))
    }
}

/// Value of an escape.
#[derive(Clone, Copy)]
enum Value {
    /// The byte of `%2B`.
    Byte(u8),
    /// The character of `&#43;`.
    Char(char),
    /// The character of `\u002B`.
    Unit(char),
}

impl Value {
    /// Number of the backslashes before an escape that remain before its value.
    fn backslashes(self, before: usize) -> usize {
        match self {
            Value::Byte(_) | Value::Char(_) => before,
            // The other backslashes come from encoders that escaped this escape's backslash.
            Value::Unit(_) => 0,
        }
    }
}

/// The character of a named entity: the names of XML, those that HTML encoders use for ASCII, and Latin-1.
fn named(name: &str) -> Option<char> {
    const ASCII: [(&str, char); 12] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("plus", '+'),
        ("equals", '='),
        ("sol", '/'),
        ("bsol", '\\'),
        ("percnt", '%'),
        ("num", '#'),
        ("grave", '`'),
    ];
    let ascii = ASCII.iter().find(|(entity, _)| entity.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
    ascii.or_else(|| ('\u{a0}'..).zip(LATIN_1).find(|(_, entity)| *entity == name).map(|(value, _)| value))
}

/// HTML's names of U+00A0 to U+00FF.
#[rustfmt::skip]
const LATIN_1: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy", "reg",
    "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14",
    "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave",
    "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde",
    "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc",
    "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml",
    "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml",
    "yacute", "thorn", "yuml",
];

/// Whether a byte begins an escape or breaks a line.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&' | b'\r' | b'\n')
}

/// Whether a byte may be part of an escape.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'\\' | b'%' | b'&' | b'#' | b';')
}

/// The place of the first byte that begins an escape or breaks a line, or the text's length.
fn first_special(text: &[u8]) -> usize {
    let any = |block: &[u8]| block.iter().fold(false, |any, byte| any | is_special(*byte));
    let mut at = 0;
    for block in text.chunks(BLOCK) {
        if any(block) {
            return at + block.iter().position(|byte| is_special(*byte)).unwrap_or_default();
        }
        at += block.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        String::from_utf8(decoded(text.as_bytes())).unwrap()
    }

    #[test]
    fn each_escape_is_decoded_and_each_inside_of_another() {
        for (text, plain) in [
            ("a b", "a b"),
            (r"a\/b\\c\u002Bd\u4ed3\x2be", "a/bc+d仓+e"),
            (r"\ud83d\udce6", "📦"),
            ("%2b%2B%E4%BB%93", "++仓"),
            ("&amp;&lt;&#43;&#x2B;&#039;&eacute;&yuml;&nbsp;", "&<++'éÿ\u{a0}"),
            (r#"\\u002B\\\\u002B\\\"\\\/"#, "++\"/"),
            ("%252B%25252B", "++"),
            ("&amp;#43;&amp;amp;", "+&"),
            (r"\u0026#43;%26amp%3B&#37;2B&#92;/", "+&+/"),
            ("line\r\nbroken\\nand\\r\\nagain%0A", "linebrokenandagain"),
            ("100% of &c; \\q & %zz &#xD800; &unknown; 5%", "100% of &c; q & %zz &#xD800; &unknown; 5%"),
        ] {
            assert_eq!(read(text), plain, "{text}");
        }
    }

    #[test]
    fn escapes_that_complete_each_other_without_end_take_no_stack() {
        let nested = format!("{}1", "%3".repeat(200_000));
        assert_eq!(read(&nested), "1");
        assert_eq!(read(&format!("%{}41", "25".repeat(200_000))), "A");
    }

    /// Each decoded byte must be at its place in the text, or an escape must begin there.
    #[test]
    fn places_in_the_decoded_text_are_places_in_the_text() {
        let mut random = fastrand::Rng::with_seed(3);
        let pieces =
            ["a", "b", "\\", "u", "0", "4", "1", "%", "2", "5", "&", "amp", ";", "#", "\n", "/", "long and plain text"];
        for _ in 0..2_000 {
            let text: String = (0..random.usize(1..40)).map(|_| *random.choice(pieces.iter()).unwrap()).collect();
            let plain = decoded(text.as_bytes());
            let wanted: Vec<usize> = (0..=plain.len()).collect();
            let found = places(text.as_bytes(), &wanted);
            assert_eq!(found.len(), wanted.len());
            assert!(found.is_sorted() && found.last() == Some(&text.len()), "{text:?} {found:?}");
            for (at, begin) in wanted.iter().zip(&found).filter(|(at, _)| **at < plain.len()) {
                let byte = plain[*at];
                let here = &text.as_bytes()[*begin..];
                assert!(here[0] == byte || is_special(here[0]), "{text:?}: {byte} at {begin}");
            }
        }
    }
}
