//! Parser of a provider's answer, in one pass.
//!
//! A connector lists the members that it knows: see [`crate::object`] and [`crate::row`]. Unknown members are passed and
//! stay text. A text is borrowed from the answer if nothing in it is escaped.
//!
//! serde's derived structs drop unknown members, and its `flatten` cannot keep a value's text. Where neither matters, use
//! serde: see [`crate::json::deserialize`].

use std::borrow::Cow;
use std::fmt::{Display, Formatter, Result as Written};

use stockbridge_json::{Quoted, Scan};

/// An answer and the current position in it.
#[derive(Debug)]
pub struct Reader<'a> {
    scan: Scan<'a>,
}

/// A type that can be read from an answer.
pub trait Read<'a>: Sized {
    /// Reads the next value.
    ///
    /// # Errors
    /// The value has another type, or is not JSON.
    fn read(reader: &mut Reader<'a>) -> Result<Self, ReadError>;
}

/// Why an answer could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// It is cut off.
    CutOff,
    /// It is not JSON, or nested too deeply, from this byte on.
    NoJson(usize),
    /// The value at this byte has another type than the expected one.
    Unlike(usize, &'static str),
    /// An object has two members of this name: JSON parsers differ in which of the two they use, so the provider's meaning
    /// is unknown.
    Twice(String),
    /// An object lacks the member of this name.
    Missing(&'static str),
}

impl Display for ReadError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Written {
        match self {
            ReadError::CutOff => formatter.write_str("it is cut off"),
            ReadError::NoJson(place) => write!(formatter, "it is not valid JSON at byte {place}"),
            ReadError::Unlike(place, expected) => write!(formatter, "{expected} was expected at byte {place}"),
            ReadError::Twice(name) => write!(formatter, "`{name}` occurs twice in an object"),
            ReadError::Missing(name) => write!(formatter, "`{name}` is missing"),
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads a whole answer.
    ///
    /// # Errors
    /// It has another type, or something follows it.
    pub(crate) fn whole<T: Read<'a>>(answer: &'a str) -> Result<T, ReadError> {
        let mut reader = Reader { scan: Scan::new(answer) };
        let read = reader.read()?;
        if reader.scan.is_at_end() { Ok(read) } else { Err(ReadError::NoJson(reader.scan.place())) }
    }

    /// Reads the next value.
    ///
    /// # Errors
    /// The value has another type, or is not JSON.
    pub fn read<T: Read<'a>>(&mut self) -> Result<T, ReadError> {
        T::read(self)
    }

    /// The first byte of the next value.
    pub(crate) fn peek(&mut self) -> Result<u8, ReadError> {
        self.scan.peek().ok_or(ReadError::CutOff)
    }

    /// Passes the next value.
    pub(crate) fn pass(&mut self) -> Result<(), ReadError> {
        self.step(Scan::pass)
    }

    /// The text of what `read` reads, which is one value.
    pub(crate) fn text_while(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>) -> Result<(), ReadError>,
    ) -> Result<&'a str, ReadError> {
        self.peek()?;
        let begin = self.scan.place();
        read(self)?;
        self.scan.since(begin).ok_or(ReadError::NoJson(begin))
    }

    /// Reads each member of an object; `member` gets its name and reads the value.
    pub(crate) fn members(
        &mut self,
        mut member: impl FnMut(Cow<'a, str>, &mut Reader<'a>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        if self.peek()? != b'{' {
            return Err(self.unlike("an object"));
        }
        self.step(Scan::object)?;
        let mut first = true;
        while let Some(name) = self.step(|scan| scan.member(first))? {
            member(self.text_of(name)?, self)?;
            first = false;
        }
        Ok(())
    }

    /// The error for a value of another type than this.
    pub(crate) fn unlike(&self, expected: &'static str) -> ReadError {
        ReadError::Unlike(self.scan.place(), expected)
    }

    fn step<T>(&mut self, step: impl FnOnce(&mut Scan<'a>) -> Option<T>) -> Result<T, ReadError> {
        step(&mut self.scan).ok_or_else(|| self.broken())
    }

    fn broken(&mut self) -> ReadError {
        let place = self.scan.place();
        if self.scan.is_at_end() { ReadError::CutOff } else { ReadError::NoJson(place) }
    }

    fn text_of(&self, quoted: Quoted<'a>) -> Result<Cow<'a, str>, ReadError> {
        match quoted.plain() {
            Some(plain) => Ok(Cow::Borrowed(plain)),
            // Half of a surrogate pair is not text.
            None => {
                serde_json::from_str(quoted.text()).map(Cow::Owned).map_err(|_| ReadError::NoJson(self.scan.place()))
            }
        }
    }
}

/// A value as written in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(pub &'a str);

impl<'a> Read<'a> for Raw<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Raw<'a>, ReadError> {
        reader.step(Scan::value).map(Raw)
    }
}

impl<'a> Read<'a> for Cow<'a, str> {
    fn read(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, ReadError> {
        if reader.peek()? != b'"' {
            return Err(reader.unlike("a text"));
        }
        let quoted = reader.step(Scan::string)?;
        reader.text_of(quoted)
    }
}

/// Accepts 1 and 0 as well as the words, as a number or in quotes.
impl<'a> Read<'a> for bool {
    fn read(reader: &mut Reader<'a>) -> Result<bool, ReadError> {
        let unlike = reader.unlike("`true` or `false`");
        let text: Cow<'a, str> = match reader.peek()? {
            b'"' => reader.read()?,
            b'{' | b'[' => return Err(unlike),
            _ => Cow::Borrowed(reader.step(Scan::value)?),
        };
        match &*text {
            "1" => Ok(true),
            "0" => Ok(false),
            word if word.eq_ignore_ascii_case("true") => Ok(true),
            word if word.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(unlike),
        }
    }
}

/// Null is none.
impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Option<T>, ReadError> {
        if reader.peek()? == b'n' {
            return reader.step(Scan::value).map(|_| None);
        }
        reader.read().map(Some)
    }
}

/// Also accepts lists as PHP writes them: an object whose names are numbers; and an empty one as `{}` or as an empty text.
impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Vec<T>, ReadError> {
        let unlike = reader.unlike("a list");
        match reader.peek()? {
            b'[' => {}
            b'{' => return numbered(reader, &unlike),
            b'"' => {
                let text: Cow<'a, str> = reader.read()?;
                return if text.is_empty() { Ok(Vec::new()) } else { Err(unlike) };
            }
            _ => return Err(unlike),
        }
        reader.step(Scan::list)?;
        let mut list = Vec::new();
        while reader.step(|scan| scan.element(list.is_empty()))? {
            list.push(reader.read()?);
        }
        Ok(list)
    }
}

/// The members of an object whose names are numbers, in numerical order.
fn numbered<'a, T: Read<'a>>(reader: &mut Reader<'a>, unlike: &ReadError) -> Result<Vec<T>, ReadError> {
    let (mut names, mut list) = (Vec::new(), Vec::new());
    reader.members(|name, value| {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unlike.clone());
        }
        names.push(name);
        list.push(value.read()?);
        Ok(())
    })?;
    names.sort_unstable();
    match names.array_windows().find(|[one, other]| one == other) {
        Some([name, _]) => Err(ReadError::Twice(name.to_string())),
        None => Ok(list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread<'a, T: Read<'a> + std::fmt::Debug>(answer: &'a str) -> String {
        Reader::whole::<T>(answer).unwrap_err().to_string()
    }

    #[test]
    fn values_are_read_as_what_is_wanted_and_texts_are_borrowed() {
        let texts: Vec<Option<Cow<'_, str>>> = Reader::whole(r#" ["货", null ,"\u8d27\n", ""] "#).unwrap();
        assert_eq!(texts, [Some("货".into()), None, Some("货\n".into()), Some("".into())]);
        assert!(matches!(texts.first(), Some(Some(Cow::Borrowed(_)))));
        assert_eq!(Reader::whole::<Vec<bool>>("[true,false]"), Ok(vec![true, false]));
        assert_eq!(Reader::whole::<Vec<bool>>("[ ]"), Ok(vec![]));
        assert_eq!(Reader::whole(r#" {"a": 1.50 } "#), Ok(Raw(r#"{"a": 1.50 }"#)));
    }

    #[test]
    fn what_other_writers_mean_is_read() {
        for list in [r#"[1,"0",true,"false"]"#, r#"{"0":1,"1":"0","7":"TRUE","8":false}"#] {
            assert_eq!(Reader::whole::<Vec<bool>>(list), Ok(vec![true, false, true, false]), "{list}");
        }
        for empty in ["{}", "\"\"", "[]", " { } "] {
            assert_eq!(Reader::whole::<Vec<bool>>(empty), Ok(vec![]), "{empty}");
        }
        for none in ["2", "-1", "1.0", "\"yes\"", "\"\"", "null", "[]", "{}"] {
            assert!(Reader::whole::<bool>(none).is_err(), "{none}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        assert_eq!(unread::<Raw<'_>>(""), "it is cut off");
        assert_eq!(unread::<Raw<'_>>(r#"{"a":[1, "#), "it is cut off");
        assert_eq!(unread::<Raw<'_>>(r#"{"a":tru}"#), "it is not valid JSON at byte 5");
        assert_eq!(unread::<Raw<'_>>("{} x"), "it is not valid JSON at byte 3");
        assert_eq!(unread::<Vec<bool>>("[true 1]"), "it is not valid JSON at byte 6");
        assert_eq!(unread::<Vec<bool>>("[true, 7]"), "`true` or `false` was expected at byte 7");
        assert_eq!(unread::<Vec<bool>>(r#"{"a":1}"#), "a list was expected at byte 0");
        assert_eq!(unread::<Vec<bool>>(r#""none""#), "a list was expected at byte 0");
        assert_eq!(unread::<Vec<bool>>(r#"{"0":true,"0":true}"#), "`0` occurs twice in an object");
        assert_eq!(unread::<Cow<'_, str>>("7"), "a text was expected at byte 0");
        assert_eq!(unread::<Cow<'_, str>>(r#""\ud83d""#), "it is not valid JSON at byte 8");
    }
}
