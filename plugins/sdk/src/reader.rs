//! A provider's answer, read once from front to back.
//!
//! What a connector knows of an answer it names, member by member: see [`crate::object`] and [`crate::row`]. What it does not
//! know is passed and stays text. A text is borrowed from the answer wherever nothing in it is escaped.
//!
//! serde's derived structs drop what they do not know, and its `flatten` cannot keep a value's text. Where neither matters, serde
//! will do: see [`crate::json::deserialize`].

use std::borrow::Cow;
use std::fmt::{Display, Formatter, Result as Written};

use stockbridge_json::{Quoted, Scan};

/// An answer, and how far in it one is.
#[derive(Debug)]
pub struct Reader<'a> {
    scan: Scan<'a>,
}

/// What can be read from an answer.
pub trait Read<'a>: Sized {
    /// Reads the value that comes next.
    ///
    /// # Errors
    /// It is something else, or no JSON.
    fn read(reader: &mut Reader<'a>) -> Result<Self, Unread>;
}

/// Why an answer could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is cut off.
    CutOff,
    /// It is no JSON, or nested too deeply, from this byte on.
    NoJson(usize),
    /// Another kind of value stands at this byte than one of these.
    Unlike(usize, &'static str),
    /// An object has two members of this name: readers of JSON differ in which of the two they take, so what the provider
    /// meant is not known.
    Twice(String),
    /// An object lacks the member of this name.
    Missing(&'static str),
}

impl Display for Unread {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Written {
        match self {
            Unread::CutOff => formatter.write_str("it is cut off"),
            Unread::NoJson(place) => write!(formatter, "byte {place} of it breaks the rules of JSON"),
            Unread::Unlike(place, expected) => write!(formatter, "at byte {place} of it, {expected} was expected"),
            Unread::Twice(name) => write!(formatter, "`{name}` stands twice in an object"),
            Unread::Missing(name) => write!(formatter, "`{name}` is missing"),
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads the whole of an answer.
    ///
    /// # Errors
    /// It is not what is wanted, or something follows.
    pub(crate) fn whole<T: Read<'a>>(answer: &'a str) -> Result<T, Unread> {
        let mut reader = Reader { scan: Scan::new(answer) };
        let read = reader.read()?;
        if reader.scan.is_at_end() { Ok(read) } else { Err(Unread::NoJson(reader.scan.place())) }
    }

    /// Reads the value that comes next.
    ///
    /// # Errors
    /// It is something else, or no JSON.
    pub fn read<T: Read<'a>>(&mut self) -> Result<T, Unread> {
        T::read(self)
    }

    /// What the value that comes next begins with.
    pub(crate) fn peek(&mut self) -> Result<u8, Unread> {
        self.scan.peek().ok_or(Unread::CutOff)
    }

    /// Passes the value that comes next.
    pub(crate) fn pass(&mut self) -> Result<(), Unread> {
        self.step(Scan::pass)
    }

    /// The text of what `read` reads, which is one value.
    pub(crate) fn text_while(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>) -> Result<(), Unread>,
    ) -> Result<&'a str, Unread> {
        self.peek()?;
        let begin = self.scan.place();
        read(self)?;
        self.scan.since(begin).ok_or(Unread::NoJson(begin))
    }

    /// Each member of an object, with its name; `member` reads the value.
    pub(crate) fn members(
        &mut self,
        mut member: impl FnMut(Cow<'a, str>, &mut Reader<'a>) -> Result<(), Unread>,
    ) -> Result<(), Unread> {
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

    /// Another kind of value than this stands here.
    pub(crate) fn unlike(&self, expected: &'static str) -> Unread {
        Unread::Unlike(self.scan.place(), expected)
    }

    fn step<T>(&mut self, step: impl FnOnce(&mut Scan<'a>) -> Option<T>) -> Result<T, Unread> {
        step(&mut self.scan).ok_or_else(|| self.broken())
    }

    fn broken(&mut self) -> Unread {
        let place = self.scan.place();
        if self.scan.is_at_end() { Unread::CutOff } else { Unread::NoJson(place) }
    }

    fn text_of(&self, quoted: Quoted<'a>) -> Result<Cow<'a, str>, Unread> {
        match quoted.plain() {
            Some(plain) => Ok(Cow::Borrowed(plain)),
            // Half of a surrogate pair is no text.
            None => serde_json::from_str(quoted.text()).map(Cow::Owned).map_err(|_| Unread::NoJson(self.scan.place())),
        }
    }
}

/// A value as it stands in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(pub &'a str);

impl<'a> Read<'a> for Raw<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Raw<'a>, Unread> {
        reader.step(Scan::value).map(Raw)
    }
}

impl<'a> Read<'a> for Cow<'a, str> {
    fn read(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, Unread> {
        if reader.peek()? != b'"' {
            return Err(reader.unlike("a text"));
        }
        let quoted = reader.step(Scan::string)?;
        reader.text_of(quoted)
    }
}

impl<'a> Read<'a> for bool {
    fn read(reader: &mut Reader<'a>) -> Result<bool, Unread> {
        match reader.peek()? {
            b't' | b'f' => Ok(reader.step(Scan::value)? == "true"),
            _ => Err(reader.unlike("`true` or `false`")),
        }
    }
}

/// Null is none.
impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Option<T>, Unread> {
        if reader.peek()? == b'n' {
            return reader.step(Scan::value).map(|_| None);
        }
        reader.read().map(Some)
    }
}

impl<'a, T: Read<'a>> Read<'a> for Vec<T> {
    fn read(reader: &mut Reader<'a>) -> Result<Vec<T>, Unread> {
        if reader.peek()? != b'[' {
            return Err(reader.unlike("a list"));
        }
        reader.step(Scan::list)?;
        let mut list = Vec::new();
        while reader.step(|scan| scan.element(list.is_empty()))? {
            list.push(reader.read()?);
        }
        Ok(list)
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
    fn what_cannot_be_read_is_told_with_its_place() {
        assert_eq!(unread::<Raw<'_>>(""), "it is cut off");
        assert_eq!(unread::<Raw<'_>>(r#"{"a":[1, "#), "it is cut off");
        assert_eq!(unread::<Raw<'_>>(r#"{"a":tru}"#), "byte 5 of it breaks the rules of JSON");
        assert_eq!(unread::<Raw<'_>>("{} x"), "byte 3 of it breaks the rules of JSON");
        assert_eq!(unread::<Vec<bool>>("[true 1]"), "byte 6 of it breaks the rules of JSON");
        assert_eq!(unread::<Vec<bool>>("[true, 1]"), "at byte 7 of it, `true` or `false` was expected");
        assert_eq!(unread::<Vec<bool>>("{}"), "at byte 0 of it, a list was expected");
        assert_eq!(unread::<Cow<'_, str>>("7"), "at byte 0 of it, a text was expected");
        assert_eq!(unread::<Cow<'_, str>>(r#""\ud83d""#), "byte 8 of it breaks the rules of JSON");
    }
}
