//! JSON (RFC 8259) without loss: a scan over a text that copies nothing.
//!
//! Connectors parse providers' answers with it, and the host checks JSON from connectors with it. A value is its text:
//! figures keep their digits, and a row keeps its bytes.
//!
//! serde_json gives the same results, and the tests compare against it. It reads a text byte by byte and through several
//! layers, which is a large part of a component's work in a call: `cargo bench -p stockbridge --bench call` measures the
//! whole.

#[cfg(test)]
mod tests;

/// Maximum nesting of lists and objects in a text; serde_json reads 127 levels.
const MAX_DEPTH: u32 = 128;

/// Whether the text is one JSON value and nothing more.
#[must_use]
pub fn is_value(text: &str) -> bool {
    let mut scan = Scan::new(text);
    scan.pass().is_some() && scan.is_at_end()
}

/// A text and the current position in it.
///
/// Each step passes the token in its name, with the spaces before it, and returns none if something else is there:
/// [`Scan::place`] is then its position. The results of further steps are unspecified.
#[derive(Debug)]
pub struct Scan<'a> {
    text: &'a str,
    rest: &'a [u8],
    /// Number of lists and objects around the position.
    depth: u32,
}

/// A string as written in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted<'a> {
    text: &'a str,
    escaped: bool,
}

impl<'a> Quoted<'a> {
    /// The string with its quotes.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The text between the quotes if it equals the string: if nothing in it is escaped.
    #[must_use]
    #[inline(always)]
    pub fn plain(&self) -> Option<&'a str> {
        if self.escaped { None } else { self.text.strip_prefix('"')?.strip_suffix('"') }
    }
}

// The small steps are always inlined: otherwise a compiler for components makes calls of them, each of which checks the
// stack and the epoch.
impl<'a> Scan<'a> {
    /// A scan at the beginning of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Scan<'a> {
        Scan { text, rest: text.as_bytes(), depth: 0 }
    }

    /// Number of bytes passed.
    #[must_use]
    #[inline(always)]
    pub fn place(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    /// The text from such a position to the current one.
    #[must_use]
    #[inline(always)]
    pub fn since(&self, place: usize) -> Option<&'a str> {
        self.text.get(place..self.place())
    }

    /// Whether only spaces are left.
    #[inline(always)]
    pub fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// The first byte of the next value, or of whatever is there, without passing it.
    #[inline(always)]
    pub fn peek(&mut self) -> Option<u8> {
        self.space();
        self.rest.first().copied()
    }

    /// The next value, as written.
    pub fn value(&mut self) -> Option<&'a str> {
        self.space();
        let begin = self.place();
        self.pass()?;
        self.since(begin)
    }

    /// A string.
    #[inline(always)]
    pub fn string(&mut self) -> Option<Quoted<'a>> {
        self.space();
        self.quoted()
    }

    /// A string that begins at the position.
    #[inline(always)]
    fn quoted(&mut self) -> Option<Quoted<'a>> {
        let begin = self.place();
        if self.byte()? != b'"' {
            return None;
        }
        let escaped = self.string_ends()?;
        Some(Quoted { text: self.since(begin)?, escaped })
    }

    /// The bracket that opens an object.
    #[inline(always)]
    pub fn object(&mut self) -> Option<()> {
        self.token(b'{')?;
        self.enter()
    }

    /// The name of an object's next member, with its colon; or none, with the bracket that closes the object. `first`:
    /// whether it is the object's first member; the others have a comma before them.
    #[inline(always)]
    pub fn member(&mut self, first: bool) -> Option<Option<Quoted<'a>>> {
        if !self.another(first, b'}')? {
            return Some(None);
        }
        let name = self.quoted()?;
        self.token(b':')?;
        Some(Some(name))
    }

    /// The bracket that opens a list.
    #[inline(always)]
    pub fn list(&mut self) -> Option<()> {
        self.token(b'[')?;
        self.enter()
    }

    /// Whether the list has another value, which comes next; if not, the closing bracket is passed. `first` as in
    /// [`Scan::member`].
    #[inline(always)]
    pub fn element(&mut self, first: bool) -> Option<bool> {
        self.another(first, b']')
    }

    #[inline(always)]
    fn another(&mut self, first: bool, end: u8) -> Option<bool> {
        let next = self.peek()?;
        if next == end {
            self.byte()?;
            self.depth = self.depth.checked_sub(1)?;
            return Some(false);
        }
        if !first {
            if next != b',' {
                return None;
            }
            self.byte()?;
            self.space();
        }
        Some(true)
    }

    /// Passes a value without using it.
    pub fn pass(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' | b'[' => self.pass_nested(),
            // Nearly all values.
            first => self.scalar(first),
        }
    }

    /// A scalar that begins at the position, with this byte.
    #[inline(always)]
    fn scalar(&mut self, first: u8) -> Option<()> {
        match first {
            b'"' => {
                self.byte()?;
                self.string_ends().map(drop)
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn pass_nested(&mut self) -> Option<()> {
        let outside = self.depth;
        // Stack of the enclosing objects (1) and lists (0) from there on; the innermost is the lowest bit.
        let mut objects = 0_u128;
        loop {
            let opened = self.value_begins(&mut objects)?;
            if !opened && !self.value_ended(&mut objects, outside)? {
                return Some(());
            }
        }
    }

    /// Passes a scalar or an empty list or object; or passes what precedes the first value in one, and returns `true`.
    fn value_begins(&mut self, objects: &mut u128) -> Option<bool> {
        match self.peek()? {
            b'{' => {
                self.object()?;
                if self.member(true)?.is_some() {
                    *objects = *objects << 1 | 1;
                    return Some(true);
                }
            }
            b'[' => {
                self.list()?;
                if self.element(true)? {
                    *objects <<= 1;
                    return Some(true);
                }
            }
            first => self.scalar(first)?,
        }
        Some(false)
    }

    /// Passes everything between a value and the next one. `false` at the end of the outermost.
    fn value_ended(&mut self, objects: &mut u128, outside: u32) -> Option<bool> {
        while self.depth > outside {
            let more = if *objects & 1 == 1 { self.member(false)?.is_some() } else { self.element(false)? };
            if more {
                return Some(true);
            }
            *objects >>= 1;
        }
        Some(false)
    }

    /// Enters a list or object.
    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    /// Passes the rest of a string, after its first quote. Returns whether something in it is escaped.
    #[inline(always)]
    fn string_ends(&mut self) -> Option<bool> {
        let mut escaped = false;
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
                b'"' => return Some(escaped),
                b'\\' => {
                    self.escape()?;
                    escaped = true;
                }
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

    #[inline(always)]
    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    #[inline(always)]
    fn number(&mut self) -> Option<()> {
        self.rest = self.rest.strip_prefix(b"-").unwrap_or(self.rest);
        match self.rest.strip_prefix(b"0") {
            Some(rest) => self.rest = rest,
            None => self.digits()?,
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

    /// One or more digits.
    #[inline(always)]
    fn digits(&mut self) -> Option<()> {
        let many = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = self.rest.get(many..)?;
        (many > 0).then_some(())
    }

    /// This byte, which must come next except for spaces.
    #[inline(always)]
    fn token(&mut self, expected: u8) -> Option<()> {
        if self.peek()? != expected {
            return None;
        }
        self.byte().map(drop)
    }

    #[inline(always)]
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    #[inline(always)]
    fn space(&mut self) {
        while let Some((first @ ..=b' ', rest)) = self.rest.split_first() {
            if !matches!(first, b' ' | b'\t' | b'\n' | b'\r') {
                return;
            }
            self.rest = rest;
        }
    }
}

/// Number of the eight bytes, lowest first, before the first one that is special in a string: quote, backslash, control.
fn ordinary(eight: u64) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHEST: u64 = ONES << 7;
    // Sets the highest bit of each byte below `limit`. A subtraction that borrows from the next byte can set that one
    // wrongly, but only above a correctly set one, and only the lowest is used.
    let below = |bytes: u64, limit: u8| bytes.wrapping_sub(ONES * u64::from(limit)) & !bytes & HIGHEST;
    let is = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
    let special = below(eight, b' ') | is(b'"') | is(b'\\');
    (special.trailing_zeros() / 8) as usize
}
