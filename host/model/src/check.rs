//! Checks of the fields of orders and queries.

use std::fmt;

use rust_decimal::Decimal;

use super::{Extras, Invalid};

/// Maximum length of one text field of an order, in characters. Providers allow less, which their connectors check.
const LONGEST_TEXT: usize = 4096;
/// Maximum number of lines, SKUs or extras in one order or query.
const MOST_ENTRIES: usize = 10_000;

/// Checks of fields, each reported under its path.
pub(crate) struct Check;

impl Check {
    pub(crate) fn refuse<T>(path: impl Into<String>, problem: impl Into<String>) -> Result<T, Invalid> {
        Err(Invalid::new(path, problem))
    }

    /// Checks a text: not empty, without control characters, of a sensible length. The path is formatted only for an error.
    pub(crate) fn text(path: impl fmt::Display, text: &str) -> Result<(), Invalid> {
        if text.is_empty() {
            return Self::refuse(path.to_string(), "is empty; leave the field out or give it a value");
        }
        Self::free_text(path, text)
    }

    /// Checks a text that may be empty.
    pub(crate) fn free_text(path: impl fmt::Display, text: &str) -> Result<(), Invalid> {
        let length = text.chars().count();
        if length > LONGEST_TEXT {
            return Self::refuse(
                path.to_string(),
                format!("has {length} characters; the longest allowed is {LONGEST_TEXT}"),
            );
        }
        if text.chars().any(|character| character.is_control() && !matches!(character, '\t' | '\n' | '\r')) {
            return Self::refuse(path.to_string(), "has a control character");
        }
        Ok(())
    }

    pub(crate) fn optional_text(path: &str, text: Option<&String>) -> Result<(), Invalid> {
        text.map_or(Ok(()), |text| Self::text(path, text))
    }

    pub(crate) fn entries<T>(path: &str, entries: &[T]) -> Result<(), Invalid> {
        if entries.len() > MOST_ENTRIES {
            return Self::refuse(path, format!("has {} entries; the most allowed are {MOST_ENTRIES}", entries.len()));
        }
        Ok(())
    }

    pub(crate) fn lines<T>(path: &str, lines: &[T]) -> Result<(), Invalid> {
        if lines.is_empty() {
            return Self::refuse(path, "is empty; an order needs at least one line");
        }
        Self::entries(path, lines)
    }

    pub(crate) fn positive(path: &str, quantity: Decimal) -> Result<(), Invalid> {
        if quantity > Decimal::ZERO {
            return Ok(());
        }
        Self::refuse(path, format!("is {quantity}; it must be more than 0"))
    }

    pub(crate) fn not_negative(path: &str, quantity: Decimal) -> Result<(), Invalid> {
        if quantity >= Decimal::ZERO {
            return Ok(());
        }
        Self::refuse(path, format!("is {quantity}; it must not be negative"))
    }

    pub(crate) fn extras(path: &str, extras: &Extras) -> Result<(), Invalid> {
        for (name, value) in extras.iter() {
            Self::text(path, name)?;
            if !value.is_valid() {
                return Self::refuse(
                    format!("{path}.{name}"),
                    "is JSON that is nested deeper than 128 lists and objects",
                );
            }
        }
        Ok(())
    }
}
