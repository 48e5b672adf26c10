//! How bytes from the environment or from a file become a setting or a secret: what is cut off, and what is refused.
//!
//! 1. They are UTF-8. A byte order mark at the beginning is cut off, and one line end (`\n` or `\r\n`) at the end: editors
//!    and `echo` put them there.
//! 2. `before` and `after` take their part.
//! 3. What is left is the value as it is. It is refused where it is empty, begins or ends with a blank of any kind, or has a
//!    control character in it (tab, NUL and further line ends among them) or one that nobody sees: a byte order mark in
//!    the middle, a zero-width space, a mark of direction, or the mark of what could not be read.
//!
//! Nothing else is mended: what was meant cannot be known, and a provider would only say that the secret is wrong. No
//! message tells anything of the value but which character does not belong there.

use std::fmt;

/// What keeps bytes from being a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) enum Unfit {
    Utf16,
    NotText,
    Empty,
    LineEnd,
    Control(char),
    Invisible(char),
    BeginsWithBlank(char),
    EndsWithBlank(char),
}

/// Continues `the value of …`.
impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = |character: char| format!("U+{:04X}", u32::from(character));
        match *self {
            Unfit::Utf16 => formatter.write_str("is UTF-16 text, and not UTF-8"),
            Unfit::NotText => formatter.write_str("has bytes in it that are no UTF-8 text"),
            Unfit::Empty => formatter.write_str("is empty"),
            Unfit::LineEnd => formatter.write_str("has a line end in it, beside the one that may stand at its end"),
            Unfit::Control(character) => write!(formatter, "has a control character in it ({})", code(character)),
            Unfit::Invisible(character) => {
                write!(formatter, "has a character in it that nobody sees ({})", code(character))
            }
            Unfit::BeginsWithBlank(character) => write!(formatter, "begins with a blank ({})", code(character)),
            Unfit::EndsWithBlank(character) => write!(formatter, "ends with a blank ({})", code(character)),
        }
    }
}

impl Unfit {
    /// What to do about it.
    pub(in crate::config) fn fix(self) -> &'static str {
        match self {
            Unfit::Utf16 => "save it as UTF-8",
            Unfit::NotText => "write it as UTF-8 text",
            Unfit::Empty => "set it",
            Unfit::LineEnd => "write it on one line",
            Unfit::Control(_) | Unfit::Invisible(_) | Unfit::BeginsWithBlank(_) | Unfit::EndsWithBlank(_) => {
                "write it without"
            }
        }
    }
}

/// The text of the bytes, without what editors put around it.
pub(super) fn whole(bytes: &[u8]) -> Result<&str, Unfit> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Unfit::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Unfit::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text))
}

/// The same text, if it can be a value.
pub(super) fn value(text: &str) -> Result<&str, Unfit> {
    let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else {
        return Err(Unfit::Empty);
    };
    for character in text.chars() {
        if matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            return Err(Unfit::LineEnd);
        } else if character.is_control() {
            return Err(Unfit::Control(character));
        } else if is_invisible(character) {
            return Err(Unfit::Invisible(character));
        }
    }
    if is_blank(first) {
        Err(Unfit::BeginsWithBlank(first))
    } else if is_blank(last) {
        Err(Unfit::EndsWithBlank(last))
    } else {
        Ok(text)
    }
}

/// White space, and what looks like it.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// Takes no room where it is shown, or stands for something that was lost.
fn is_invisible(character: char) -> bool {
    matches!(character,
        // Soft hyphen, joiners of letters, a vowel sign that is none.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        // Zero-width characters, marks of direction, joiners of words, marks of formulas.
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // The byte order mark, annotations, the mark of what could not be read, and what is no character at all.
        | '\u{feff}' | '\u{fff0}'..='\u{fffd}' | '\u{fffe}' | '\u{ffff}'
        // Tags.
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<&str, Unfit> {
        value(whole(bytes)?)
    }

    #[test]
    fn a_byte_order_mark_and_one_line_end_are_cut_off_and_nothing_else() {
        for bytes in [&b"a b"[..], b"a b\n", b"a b\r\n", b"\xef\xbb\xbfa b", b"\xef\xbb\xbfa b\r\n"] {
            assert_eq!(read(bytes), Ok("a b"), "{bytes:?}");
        }
        for bytes in [&b"a\n\n"[..], b"a\r\n\r\n", b"a\n\r\n", b"a\r", b"\na", b"a\nb", b"a\r\nb"] {
            assert_eq!(read(bytes), Err(Unfit::LineEnd), "{bytes:?}");
        }
        assert_eq!(read(b"\xef\xbb\xbf\xef\xbb\xbfa"), Err(Unfit::Invisible('\u{feff}')));
    }

    #[test]
    fn of_all_characters_those_that_nobody_can_mean_are_refused_wherever_they_stand() {
        for character in '\0'..=char::MAX {
            let refused =
                character.is_control() || is_invisible(character) || matches!(character, '\u{2028}' | '\u{2029}');
            for text in [format!("a{character}b"), format!("a{character}b\n")] {
                assert_eq!(read(text.as_bytes()).is_err(), refused, "{character:?}");
            }
            let at_an_end = refused || is_blank(character);
            // A line feed at the end, and a byte order mark at the beginning, are the ones that are cut off.
            assert_eq!(
                read(format!("a{character}").as_bytes()).is_err(),
                at_an_end && character != '\n',
                "{character:?}"
            );
            let begins = at_an_end && character != '\u{feff}';
            assert_eq!(read(format!("{character}a").as_bytes()).is_err(), begins, "{character:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_no_value() {
        assert_eq!(read(b"\xff\xfea\0"), Err(Unfit::Utf16));
        assert_eq!(read(b"\xfe\xff\0a"), Err(Unfit::Utf16));
        assert_eq!(read(b"a\0b\0"), Err(Unfit::Control('\0')));
        assert_eq!(read(b"caf\xe9"), Err(Unfit::NotText));
        for bytes in [&b""[..], b"\n", b"\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"] {
            assert_eq!(read(bytes), Err(Unfit::Empty), "{bytes:?}");
        }
    }
}
