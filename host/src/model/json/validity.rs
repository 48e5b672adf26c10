//! Whether a text is one JSON value (RFC 8259): a scan that keeps nothing.
//!
//! serde_json answers the same, and is what the tests hold this against. It took 22 instructions a byte of a provider's
//! row, two thirds of what instantiating the component takes; this takes an eighth of that.

/// How deep lists and objects may stand in each other: as deep as serde_json and other parsers read them.
const DEEPEST: u32 = 128;

/// Whether the text is one JSON value and nothing more.
pub(super) fn is_value(text: &str) -> bool {
    Scan { rest: text.as_bytes() }.document().is_some()
}

/// What is left to look at. Every step answers nothing where the text breaks the grammar.
struct Scan<'a> {
    rest: &'a [u8],
}

/// What the value that ends next stands in: an object is a one, a list a zero, the innermost is the lowest bit.
#[derive(Default)]
struct Nesting {
    objects: u128,
    depth: u32,
}

impl Nesting {
    fn enter(&mut self, object: bool) -> Option<()> {
        self.objects = self.objects << 1 | u128::from(object);
        self.depth += 1;
        (self.depth <= DEEPEST).then_some(())
    }

    fn leave(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}

impl Scan<'_> {
    fn document(&mut self) -> Option<()> {
        let mut nesting = Nesting::default();
        loop {
            let opened = self.value_begins(&mut nesting)?;
            if !opened && !self.value_ended(&mut nesting)? {
                self.space();
                return self.rest.is_empty().then_some(());
            }
        }
    }

    /// Passes a scalar or an empty list or object; or, answering `true`, what comes before the first value in one.
    fn value_begins(&mut self, nesting: &mut Nesting) -> Option<bool> {
        match self.token()? {
            b'"' => self.string()?,
            b'{' => {
                nesting.enter(true)?;
                if self.peeked()? != b'}' {
                    return self.name().map(|()| true);
                }
                self.byte()?;
                nesting.leave();
            }
            b'[' => {
                nesting.enter(false)?;
                if self.peeked()? != b']' {
                    return Some(true);
                }
                self.byte()?;
                nesting.leave();
            }
            b't' => self.word(b"rue")?,
            b'f' => self.word(b"alse")?,
            b'n' => self.word(b"ull")?,
            first => self.number(first)?,
        }
        Some(false)
    }

    /// Passes what may follow a value, as far as the next one. `false` at the end of the outermost.
    fn value_ended(&mut self, nesting: &mut Nesting) -> Option<bool> {
        while nesting.depth > 0 {
            match (self.token()?, nesting.in_object()) {
                (b',', true) => return self.name().map(|()| true),
                (b',', false) => return Some(true),
                (b'}', true) | (b']', false) => nesting.leave(),
                _ => return None,
            }
        }
        Some(false)
    }

    /// A member's name and the colon behind it.
    fn name(&mut self) -> Option<()> {
        if self.token()? != b'"' {
            return None;
        }
        self.string()?;
        (self.token()? == b':').then_some(())
    }

    /// The rest of a string, after its first quote.
    fn string(&mut self) -> Option<()> {
        loop {
            // Eight bytes at a time: most of a row is strings.
            while let Some((eight, rest)) = self.rest.split_first_chunk() {
                match ordinary(u64::from_le_bytes(*eight)) {
                    8 => self.rest = rest,
                    some => {
                        self.rest = self.rest.get(some..)?;
                        break;
                    }
                }
            }
            match self.byte()? {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                0..b' ' => return None,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.byte()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => (0..4).try_for_each(|_| self.byte()?.is_ascii_hexdigit().then_some(())),
            _ => None,
        }
    }

    fn word(&mut self, rest: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(rest)?;
        Some(())
    }

    fn number(&mut self, first: u8) -> Option<()> {
        match if first == b'-' { self.byte()? } else { first } {
            b'0' => {}
            b'1'..=b'9' => drop(self.digits()),
            _ => return None,
        }
        if let Some(rest) = self.rest.strip_prefix(b".") {
            self.rest = rest;
            self.digits()?;
        }
        if let Some((b'e' | b'E', rest)) = self.rest.split_first() {
            self.rest = rest.strip_prefix(b"+").or(rest.strip_prefix(b"-")).unwrap_or(rest);
            self.digits()?;
        }
        Some(())
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let many = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = self.rest.get(many..)?;
        (many > 0).then_some(())
    }

    /// The next byte that is no space.
    fn token(&mut self) -> Option<u8> {
        self.space();
        self.byte()
    }

    /// The same, left where it is.
    fn peeked(&mut self) -> Option<u8> {
        self.space();
        self.rest.first().copied()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn space(&mut self) {
        while let Some((b' ' | b'\t' | b'\n' | b'\r', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
    }
}

/// How many of eight bytes, the lowest first, come before one that is special in a string: quote, backslash, control.
fn ordinary(eight: u64) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHEST: u64 = ONES << 7;
    // The highest bit of each byte below `limit`. A subtraction that borrows from the next byte can mark that one too,
    // but only above one that is marked rightly, and the lowest is all that counts.
    let below = |bytes: u64, limit: u8| bytes.wrapping_sub(ONES * u64::from(limit)) & !bytes & HIGHEST;
    let is = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
    let special = below(eight, b' ') | is(b'"') | is(b'\\');
    (special.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// serde_json's answer to the same question.
    fn is_value_to_serde(text: &str) -> bool {
        serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
    }

    #[test]
    fn the_grammar_is_that_of_serde_json() {
        for text in [
            "",
            " ",
            "{}",
            "[]",
            "{ }",
            "[ ]",
            " {} ",
            "{}x",
            "{} {}",
            "null",
            "nul",
            "nullx",
            "true",
            "tru",
            "false",
            "falsy",
            "0",
            "-0",
            "-",
            "+1",
            "01",
            "1.",
            ".1",
            "1.5",
            "1e",
            "1e5",
            "1E+5",
            "1e-",
            "1.5e-7",
            "1e5.",
            "-x",
            "--1",
            "NaN",
            r#""""#,
            r#"""#,
            r#""a"#,
            r#""\n\u00e4\\\"\/""#,
            r#""\u00g0""#,
            r#""\u12""#,
            r#""\x""#,
            r#""\"#,
            "\"\n\"",
            "\"\u{1f}\"",
            "\"\u{7f}货\"",
            "'a'",
            "[1,2]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1",
            "]",
            "[1}",
            "[[[]]]",
            "[[],{},[{}]]",
            r#"{"a":1}"#,
            r#"{"a":1,}"#,
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{a:1}"#,
            r#"{1:1}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":[1,{"b":null}]}"#,
            r#"{"a":1]"#,
            "{\"a\" :\t1\r\n, \"b\": [ true , false ] }",
            "\u{feff}{}",
            "\u{a0}1",
            "/**/1",
        ] {
            assert_eq!(is_value(text), is_value_to_serde(text), "{text}");
        }
    }

    #[test]
    fn one_changed_byte_is_judged_as_serde_json_judges_it() {
        let row = r#"{"spec_no":"WDT-7","stock_num":"55.0000","n":-1.50e+3,"t":[true,false,null,{}],"名":"\u65fa\n"}"#;
        assert!(is_value(row));
        for place in 0..row.len() {
            for byte in 0..=0x7f {
                let mut bytes = row.as_bytes().to_vec();
                bytes[place] = byte;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                assert_eq!(is_value(&text), is_value_to_serde(&text), "{text}");
            }
            if let Some(cut) = row.get(..place) {
                assert!(!is_value(cut), "{cut}");
            }
        }
    }

    #[test]
    fn a_special_byte_is_found_at_every_place_of_a_string() {
        for length in 0..24 {
            for place in 0..length {
                for special in
                    ["\"", "\\", "\\\"", "\\n", "\u{0}", "\u{1f}", " ", "\u{7f}", "\u{80}", "\u{ff}", "!", "#", "]"]
                {
                    let text = format!("[\"{}{special}{}\", 1]", "x".repeat(place), "é".repeat(length - place));
                    assert_eq!(is_value(&text), is_value_to_serde(&text), "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_nested_deeper_than_parsers_read_is_refused() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_value(&nested(128)));
        assert!(!is_value(&nested(129)));
        assert!(!is_value(&nested(100_000)));
        assert!(!is_value(&"{\"a\":".repeat(100_000)));
    }
}
