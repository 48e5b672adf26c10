//! Text written into JSON, URLs, HTML and XML by common languages' own libraries, with escapes as documented or observed.
//! Characters between their escapes are unchanged, so a text's pieces are written as parts of the whole.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A function that writes a text.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// Language and function.
    pub name: &'static str,
    /// The written form of a text.
    pub write: fn(&str) -> String,
}

/// Writers that escape single characters.
pub const ESCAPING: &[Writer] = &[
    Writer { name: "Python json.dumps", write: |text| json(text, "", Some(Case::Lower)) },
    Writer { name: "Python json.dumps(ensure_ascii=False)", write: |text| json(text, "", None) },
    Writer { name: "Python quote", write: |text| percent(text, "_.-~/", Case::Upper, false) },
    Writer { name: "Python quote_plus", write: |text| percent(text, "_.-~", Case::Upper, true) },
    Writer { name: "Python html.escape", write: |text| entities(text, &XML_WITH_X27) },
    Writer { name: "PHP json_encode", write: |text| json(text, "/", Some(Case::Lower)) },
    Writer { name: "PHP rawurlencode", write: |text| percent(text, "_.-~", Case::Upper, false) },
    Writer { name: "PHP urlencode", write: |text| percent(text, "_.-", Case::Upper, true) },
    Writer { name: "PHP htmlspecialchars", write: |text| entities(text, &XML_WITH_039) },
    Writer { name: "PHP htmlentities", write: |text| latin_1(&entities(text, &XML_WITH_039)) },
    Writer { name: "Go json.Marshal", write: |text| json_with(text, "<>&", Case::Lower, None) },
    Writer { name: "Go url.QueryEscape", write: |text| percent(text, "_.-~", Case::Upper, true) },
    Writer { name: "Go html.EscapeString", write: |text| entities(text, &HTML_OF_GO) },
    Writer { name: "Go html/template", write: |text| entities(text, &TEMPLATE_OF_GO) },
    Writer { name: ".NET System.Text.Json", write: |text| json_with(text, "\"<>&'+`", Case::Upper, Some(Case::Upper)) },
    Writer { name: ".NET HttpUtility.UrlEncode", write: |text| percent(text, "_.-!*()", Case::Lower, true) },
    Writer { name: ".NET WebUtility.HtmlEncode", write: |text| numeric_latin_1(&entities(text, &XML_WITH_39)) },
    Writer { name: "Java Gson", write: |text| json_with(text, "<>&='", Case::Lower, None) },
    Writer { name: "Java Jackson, ASCII", write: |text| json(text, "", Some(Case::Upper)) },
    Writer { name: "Java URLEncoder", write: |text| percent(text, "_.-*", Case::Upper, true) },
    Writer { name: "Java escapeHtml4", write: |text| latin_1(&entities(text, &XML_WITHOUT_APOSTROPHE)) },
    Writer { name: "Java escapeEcmaScript", write: |text| ecma_script(text) },
    Writer { name: "Node JSON.stringify", write: |text| json(text, "", None) },
    Writer { name: "Node encodeURIComponent", write: |text| percent(text, "_.-~!*'()", Case::Upper, false) },
    Writer { name: "Node URLSearchParams", write: |text| percent(text, "_.-*", Case::Upper, true) },
    Writer { name: "XML", write: |text| entities(text, &XML) },
    Writer { name: "XML, ASCII", write: |text| beyond_ascii(&entities(text, &XML), |c| format!("&#x{c:X};")) },
];

/// Escapes every character, letters included. It is the last of a chain: once its own escapes are escaped, a backslash before a
/// letter may or may not be an original character.
const EVERY_CHARACTER: Writer = Writer {
    name: "HTML, every character",
    write: |text| text.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
};

/// Writers that change every character, or none.
pub const WHOLE: &[Writer] = &[
    Writer { name: "as it is", write: str::to_owned },
    Writer { name: "upper case", write: str::to_uppercase },
    Writer { name: "lower case", write: str::to_lowercase },
    Writer { name: "hexadecimal", write: |text| text.bytes().map(|byte| format!("{byte:02x}")).collect() },
    Writer { name: "hexadecimal, upper case", write: |text| text.bytes().map(|byte| format!("{byte:02X}")).collect() },
];

/// Writers that write three bytes as four characters.
pub const BASE64: &[Writer] = &[
    Writer { name: "base64", write: |text| STANDARD.encode(text) },
    Writer { name: "base64url", write: |text| URL_SAFE_NO_PAD.encode(text) },
    Writer { name: "base64 in lines of 76 (MIME)", write: |text| in_lines(&STANDARD.encode(text), "\r\n") },
    Writer { name: "base64 in lines of 64 (PEM)", write: |text| in_lines_of(&STANDARD.encode(text), 64, "\n") },
];

#[derive(Clone, Copy)]
enum Case {
    Lower,
    Upper,
}

const XML: [(char, &str); 5] = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;")];
const XML_WITH_X27: [(char, &str); 5] =
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#x27;")];
const XML_WITH_039: [(char, &str); 5] =
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#039;")];
const XML_WITH_39: [(char, &str); 5] = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;")];
const XML_WITHOUT_APOSTROPHE: [(char, &str); 4] = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;")];
const HTML_OF_GO: [(char, &str); 5] = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&#34;"), ('\'', "&#39;")];
const TEMPLATE_OF_GO: [(char, &str); 6] =
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&#34;"), ('\'', "&#39;"), ('+', "&#43;")];

/// The inside of a JSON string: these characters with a backslash, and characters beyond ASCII as `\uXXXX` if a case is given.
fn json(text: &str, backslashed: &str, beyond_ascii: Option<Case>) -> String {
    let write = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if backslashed.contains(c) => format!("\\{c}"),
        c => match beyond_ascii {
            Some(case) if !c.is_ascii() => utf16(c, case),
            _ => c.to_string(),
        },
    };
    text.chars().map(write).collect()
}

/// The inside of a JSON string, with these characters as `\uXXXX`, too.
fn json_with(text: &str, escaped: &str, case: Case, beyond_ascii: Option<Case>) -> String {
    let write =
        |c: char| if escaped.contains(c) { utf16(c, case) } else { json(c.encode_utf8(&mut [0; 4]), "", beyond_ascii) };
    text.chars().map(write).collect()
}

fn utf16(c: char, case: Case) -> String {
    let write = |unit: &mut u16| match case {
        Case::Lower => format!("\\u{unit:04x}"),
        Case::Upper => format!("\\u{unit:04X}"),
    };
    c.encode_utf16(&mut [0; 2]).iter_mut().map(write).collect()
}

fn percent(text: &str, plain: &str, case: Case, plus: bool) -> String {
    let write = |byte: u8| match (char::from(byte), case) {
        (' ', _) if plus => "+".to_owned(),
        (c, _) if c.is_ascii_alphanumeric() || plain.contains(c) && c.is_ascii() => c.to_string(),
        (_, Case::Lower) => format!("%{byte:02x}"),
        (_, Case::Upper) => format!("%{byte:02X}"),
    };
    text.bytes().map(write).collect()
}

fn entities(text: &str, known: &[(char, &str)]) -> String {
    let write = |c: char| match known.iter().find(|(character, _)| *character == c) {
        Some((_, entity)) => (*entity).to_owned(),
        None => c.to_string(),
    };
    text.chars().map(write).collect()
}

fn beyond_ascii(text: &str, write: impl Fn(u32) -> String) -> String {
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { write(u32::from(c)) }).collect()
}

/// Some Latin-1 characters by name.
fn latin_1(text: &str) -> String {
    entities(text, &[('é', "&eacute;"), ('ü', "&uuml;"), ('ß', "&szlig;"), ('\u{a0}', "&nbsp;"), ('ñ', "&ntilde;")])
}

fn numeric_latin_1(text: &str) -> String {
    let write = |c: char| match u32::from(c) {
        number @ (0xa0..=0xff | 0x1_0000..) => format!("&#{number};"),
        _ => c.to_string(),
    };
    text.chars().map(write).collect()
}

fn ecma_script(text: &str) -> String {
    let write = |c: char| match c {
        '"' | '\'' | '\\' | '/' => format!("\\{c}"),
        c if c.is_ascii() => c.to_string(),
        c => utf16(c, Case::Upper),
    };
    text.chars().map(write).collect()
}

fn in_lines(text: &str, end: &str) -> String {
    in_lines_of(text, 76, end)
}

fn in_lines_of(text: &str, length: usize, end: &str) -> String {
    let lines: Vec<&str> = text.as_bytes().chunks(length).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    lines.join(end)
}

/// Writers one after the other: one that changes a text as a whole, and some that escape its result.
#[derive(Clone, Debug)]
pub struct Chain {
    inner: Writer,
    is_base64: bool,
    outer: Vec<Writer>,
}

/// Text around a secret. No writer merges its end with the secret's beginning into one escape.
const BEFORE: &str = "it is ";
const AFTER: &str = " and ends";
/// Highest number of times that escapes are escaped again.
const MOST_OUTER: usize = 3;

impl Chain {
    /// A random chain.
    #[must_use]
    pub fn random(random: &mut fastrand::Rng) -> Chain {
        let is_base64 = random.u8(0..3) == 0;
        let inner = *random.choice(if is_base64 { BASE64 } else { WHOLE }).unwrap_or(&WHOLE[0]);
        let outer = (0..random.usize(0..=MOST_OUTER)).filter_map(|_| random.choice(ESCAPING).copied());
        let mut outer: Vec<Writer> = outer.collect();
        if random.u8(0..20) == 0 {
            outer.push(EVERY_CHARACTER);
        }
        Chain { inner, is_base64, outer }
    }

    /// Each whole writer before each escaping one, and each escaping one before each other.
    pub fn pairs() -> impl Iterator<Item = Chain> {
        let inner = WHOLE.iter().map(|writer| (*writer, false)).chain(BASE64.iter().map(|writer| (*writer, true)));
        let all = || ESCAPING.iter().copied().chain([EVERY_CHARACTER]);
        let alone = inner
            .flat_map(move |(inner, is_base64)| all().map(move |outer| Chain { inner, is_base64, outer: vec![outer] }));
        let twice = ESCAPING.iter().flat_map(move |first| {
            all().map(move |then| Chain { inner: WHOLE[0], is_base64: false, outer: vec![*first, then] })
        });
        alone.chain(twice)
    }

    /// The text as written by the chain.
    #[must_use]
    pub fn write(&self, text: &str) -> String {
        self.escape(&(self.inner.write)(text))
    }

    /// A piece of a text as written by the chain, if that is independent of the surrounding text.
    #[must_use]
    pub fn write_piece(&self, piece: &str) -> Option<String> {
        (!self.is_base64).then(|| self.write(piece))
    }

    fn escape(&self, text: &str) -> String {
        self.outer.iter().fold(text.to_owned(), |text, writer| (writer.write)(&text))
    }

    /// Asserts that `strike` removes a written secret from the surrounding text.
    ///
    /// # Panics
    /// A part of the secret remains, or surrounding text is missing.
    pub fn assert_struck(&self, secret: &str, strike: impl Fn(&str, String) -> String) {
        let strike = |text| strike(secret, text);
        let context = |written: &str, left: &str| format!("{secret:?} by {self:?}:\n{written}\n{left}");
        if !self.is_base64 {
            let written = self.write(&format!("{BEFORE}{secret}{AFTER}"));
            let left = strike(written.clone());
            let expected = format!("{}[redacted]{}", self.write(BEFORE), self.write(AFTER));
            assert_eq!(left, expected, "{}", context(&written, &left));
            return;
        }
        // Three bytes are written as one group: at each of the secret's edges one character remains, and the padding.
        for before in ["", "u", "us", "user:"] {
            let written = self.write(&format!("{before}{secret}"));
            let left = strike(written.clone());
            let (head, tail) = left.split_once("[redacted]").unwrap_or_else(|| panic!("{}", context(&written, &left)));
            let longest = |length: usize| ["+", "z"].map(|c| self.escape(&c.repeat(length)).len()).into_iter().max();
            assert!(Some(head.len()) <= longest((before.len() * 8).div_ceil(6)), "{}", context(&written, &left));
            assert!(tail.len() <= self.escape("z+==\r\n").len(), "{}", context(&written, &left));
        }
    }
}

/// Number of letters and digits after a secret's first character.
pub const LETTERS: usize = 10;

/// A secret of characters from some classes: letters, digits, escaped characters, text that looks like escapes, other scripts.
///
/// The letters after its first character keep it recognisable, whatever its escapes stand for. It does not end with a part of an
/// escape.
pub fn secret(random: &mut fastrand::Rng) -> String {
    const CLASSES: [&[&str]; 6] = [
        &["a", "b", "f", "u", "x", "n", "A", "Z", "Q"],
        &["0", "1", "4", "2", "9"],
        &["+", "/", "=", "-", "_", ".", "~", "*", "!"],
        &["\"", "'", "&", "<", ">", "%", "#", ";", "`", "$", "{", "|", "\\"],
        &["é", "ü", "ß", "仓", "库", "Ж", "📦", "ñ"],
        &["%41", "&amp;", "\\u0041", "\\n", "%2", "&#", " "],
    ];
    let mut pick = |from: &[&'static str]| random.choice(from).copied().unwrap_or_default();
    let mut secret = pick(&["k", "7", "/", "é"]).to_owned();
    for _ in 0..LETTERS {
        secret.push_str(pick(&["c", "d", "E", "F", "g", "H", "3", "5"]));
    }
    let classes = random.u8(1..1 << CLASSES.len());
    let allowed: Vec<&str> = (0..)
        .zip(CLASSES)
        .filter(|(place, _)| classes >> place & 1 == 1)
        .flat_map(|(_, class)| class)
        .copied()
        .collect();
    for _ in 0..random.usize(4..30) {
        secret.push_str(random.choice(&allowed).copied().unwrap_or_default());
    }
    secret + random.choice(["Q", "7", "+", "!", "仓"]).unwrap_or("Q")
}
