//! Checks of orders and queries before anything is sent. Each refusal names the field's path.

use std::borrow::Cow;

use crate::Refused;

/// Reads an order's `extras` under the provider's names, and refuses unknown ones.
#[derive(Debug)]
pub struct Extras<'a> {
    path: Cow<'a, str>,
    unread: Vec<&'a (String, String)>,
}

impl<'a> Extras<'a> {
    /// The extras at `path`: `extras`, `lines[0].extras`.
    #[must_use]
    pub fn new(path: impl Into<Cow<'a, str>>, extras: &'a [(String, String)]) -> Extras<'a> {
        Extras { path: path.into(), unread: extras.iter().collect() }
    }

    /// The JSON text of a field, if the order has it.
    pub fn json(&mut self, name: &str) -> Option<&'a str> {
        let place = self.unread.iter().position(|(given, _)| given == name)?;
        Some(self.unread.swap_remove(place).1.as_str())
    }

    /// A field that is a text or a number, as text.
    ///
    /// # Errors
    /// The field is something else.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refused> {
        let Some(json) = self.json(name) else { return Ok(None) };
        let scalar: crate::json::Scalar<'_> = crate::json::read(json)
            .map_err(|_| Refused::invalid(format!("{}.{name}", self.path), "a text or a number is expected here"))?;
        Ok(Some(scalar.0.into_owned()))
    }

    /// A field that is one of a few texts or numbers.
    ///
    /// # Errors
    /// The field is none of them.
    pub fn one_of(&mut self, name: &str, allowed: &[&str]) -> Result<Option<String>, Refused> {
        let text = self.text(name)?;
        if let Some(given) = text.as_deref()
            && !allowed.contains(&given)
        {
            return Err(Refused::invalid(
                format!("{}.{name}", self.path),
                format!("`{given}` is not one of {}", allowed.join(", ")),
            ));
        }
        Ok(text)
    }

    /// A field that is a digit from 0 to `largest`.
    ///
    /// # Errors
    /// The field is something else.
    pub fn digit(&mut self, name: &str, largest: u8) -> Result<Option<u8>, Refused> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match text.parse() {
            Ok(digit) if digit <= largest && text.len() == 1 => Ok(Some(digit)),
            _ => Err(Refused::invalid(
                format!("{}.{name}", self.path),
                format!("`{text}` is not one of the digits 0 to {largest}"),
            )),
        }
    }

    /// Refuses fields that were not read: the provider has none of them.
    ///
    /// # Errors
    /// A field is left.
    pub fn finish(self) -> Result<(), Refused> {
        self.unread.first().map_or(Ok(()), |(name, _)| {
            Err(Refused::unsupported(format!("{}.{name}", self.path), "the provider's method has no such field"))
        })
    }
}

/// Refuses a field that the provider cannot carry, if the order has it.
///
/// # Errors
/// The field is present.
pub fn absent<T>(path: impl Into<String>, field: Option<&T>) -> Result<(), Refused> {
    not_asked(path, field.is_some())
}

/// Refuses an option that the provider does not support, if the order requests it.
///
/// # Errors
/// It was requested.
pub fn not_asked(path: impl Into<String>, requested: bool) -> Result<(), Refused> {
    if requested { Err(Refused::unsupported(path, "the provider's method cannot carry this")) } else { Ok(()) }
}

/// A field that the provider requires although the contract makes it optional.
///
/// # Errors
/// The field is missing.
pub fn required<T>(path: impl Into<String>, field: Option<&T>) -> Result<&T, Refused> {
    field.ok_or_else(|| Refused::invalid(path, "the provider requires this"))
}

/// The lines of an order, at least one.
///
/// # Errors
/// There are none.
pub fn some<T>(path: impl Into<String>, lines: &[T]) -> Result<&[T], Refused> {
    if lines.is_empty() {
        return Err(Refused::invalid(path, "at least one line is needed"));
    }
    Ok(lines)
}

/// The lines of an order, at most the provider's maximum.
///
/// # Errors
/// There are more.
pub fn at_most<T>(path: impl Into<String>, lines: &[T], most: usize) -> Result<&[T], Refused> {
    if lines.len() > most {
        return Err(Refused::invalid(path, format!("{} lines; the provider takes at most {most}", lines.len())));
    }
    Ok(lines)
}

/// A number that the provider stores as a signed 32-bit integer.
///
/// # Errors
/// It is larger.
pub fn int(path: impl Into<String>, number: Option<u32>) -> Result<Option<u32>, Refused> {
    match number {
        Some(given) if i32::try_from(given).is_err() => {
            Err(Refused::invalid(path, format!("{given}; the provider takes at most {}", i32::MAX)))
        }
        number => Ok(number),
    }
}

/// A day in the form of a provider that expects a time: `2026-12-31 00:00:00`.
#[must_use]
pub fn midnight(day: Option<&String>) -> Option<String> {
    day.map(|day| [day, " 00:00:00"].concat())
}

/// A text of at most `longest` characters, as the provider counts them.
///
/// # Errors
/// It is empty or longer.
pub fn text(path: impl Into<String>, text: &str, longest: usize) -> Result<&str, Refused> {
    match fault(text, longest) {
        None => Ok(text),
        Some(fault) => Err(Refused::invalid(path, fault)),
    }
}

/// [`text`] for each item of a list. The paths, such as `skus[3]`, are made only for a refusal.
///
/// # Errors
/// One of them is empty or longer.
pub fn texts(list: &str, texts: &[String], longest: usize) -> Result<(), Refused> {
    let mut faults = texts.iter().enumerate().filter_map(|(index, text)| Some((index, fault(text, longest)?)));
    faults.next().map_or(Ok(()), |(index, fault)| Err(Refused::invalid(format!("{list}[{index}]"), fault)))
}

fn fault(text: &str, longest: usize) -> Option<String> {
    match text.chars().count() {
        0 => Some("this must not be empty".to_owned()),
        length if length > longest => Some(format!("{length} characters; the provider takes at most {longest}")),
        _ => None,
    }
}

/// [`text`] for an optional field.
///
/// # Errors
/// It is present and empty or longer.
pub fn optional_text(path: impl Into<String>, field: Option<&String>, longest: usize) -> Result<Option<&str>, Refused> {
    field.map(|given| text(path, given, longest)).transpose()
}

/// Number of rows to request at a time: the caller's preference, within the provider's bounds.
#[must_use]
pub fn page_size(wish: Option<u32>, default: u32, largest: u32) -> u32 {
    wish.unwrap_or(default).clamp(1, largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn extras_that_nobody_reads_are_refused_by_name() {
        let given = [("mode".to_owned(), "1".to_owned()), ("colour".to_owned(), "\"red\"".to_owned())];
        let mut extras = Extras::new("lines[3].extras", &given);
        assert_eq!(extras.text("mode").unwrap().as_deref(), Some("1"));
        let refused = Error::from(extras.finish().unwrap_err());
        assert_eq!(refused.path.as_deref(), Some("lines[3].extras.colour"));
    }

    #[test]
    fn a_choice_may_be_written_as_number_or_text_and_is_nothing_else() {
        let given = |json: &str| [("mask".to_owned(), json.to_owned())];
        for (json, digit) in [("3", Some(3)), ("\"0\"", Some(0))] {
            assert_eq!(Extras::new("extras", &given(json)).digit("mask", 3).unwrap(), digit);
        }
        for json in ["4", "\"03\"", "-1", "true", "[]", "\"\""] {
            let refused = Error::from(Extras::new("extras", &given(json)).digit("mask", 3).unwrap_err());
            assert_eq!(refused.path.as_deref(), Some("extras.mask"), "{json}");
        }
        assert_eq!(Extras::new("extras", &[]).digit("mask", 3).unwrap(), None);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(text("sku", "货货货", 3).is_ok());
        assert!(text("sku", "货货货货", 3).is_err());
        assert!(text("sku", "", 3).is_err());
    }
}
