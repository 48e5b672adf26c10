//! Values of a configuration file: each of the kind that its key has, or a mistake that says what to write.

use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::de::{DeTable, DeValue};

use super::{Reader, Value};
use crate::error::Cause;
use crate::error::{ConfigError, Place};

impl Reader<'_> {
    /// The path of a `file`, or of a `directory`.
    pub(super) fn path(&self, field: &str, value: &Value<'_>, of: &str) -> Result<PathBuf, ConfigError> {
        match self.string(field, value)? {
            "" => Err(self.wrong(field, &value.span(), "is empty", format!("write the path of a {of}"))),
            path => Ok(self.directory().join(path)),
        }
    }

    pub(super) fn table<'v, 'i>(&self, field: &str, value: &'v Value<'i>) -> Result<&'v DeTable<'i>, ConfigError> {
        value.get_ref().as_table().ok_or_else(|| {
            self.wrong(
                field,
                &value.span(),
                format!("is {}", article(value.get_ref())),
                format!("write a table: [{field}]"),
            )
        })
    }

    pub(super) fn string<'v>(&self, field: &str, value: &'v Value<'_>) -> Result<&'v str, ConfigError> {
        value.get_ref().as_str().ok_or_else(|| {
            self.wrong(field, &value.span(), format!("is {}", article(value.get_ref())), "write a text in quotes")
        })
    }

    /// A text that stands for something.
    pub(super) fn written<T: FromStr<Err: Display>>(&self, field: &str, value: &Value<'_>) -> Result<T, ConfigError> {
        self.string(field, value)?.parse().map_err(|error: T::Err| {
            let said = error.to_string();
            let (problem, fix) = said.split_once("; ").unwrap_or((&said, "write another"));
            self.wrong(field, &value.span(), problem, fix)
        })
    }

    pub(super) fn switch(&self, field: &str, value: &Value<'_>) -> Result<bool, ConfigError> {
        value.get_ref().as_bool().ok_or_else(|| {
            self.wrong(field, &value.span(), format!("is {}", article(value.get_ref())), "write true or false")
        })
    }

    pub(super) fn list<'v, 'i>(&self, field: &str, value: &'v Value<'i>) -> Result<&'v [Value<'i>], ConfigError> {
        value.get_ref().as_array().map(|array| &**array).ok_or_else(|| {
            self.wrong(field, &value.span(), format!("is {}", article(value.get_ref())), "write a list: [\"…\"]")
        })
    }

    pub(super) fn number(&self, field: &str, value: &Value<'_>) -> Result<u32, ConfigError> {
        if value.span().end == self.text.len() {
            self.open_figure.replace(Some(field.to_owned()));
        }
        value
            .get_ref()
            .as_integer()
            .and_then(|integer| u32::from_str_radix(integer.as_str(), integer.radix()).ok())
            .filter(|number| *number > 0)
            .ok_or_else(|| self.wrong(field, &value.span(), "is no whole number above 0", "write one, without a unit"))
    }

    pub(super) fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let span = error.span().unwrap_or_default();
        if error.message() == "duplicate key" {
            let key = self.text.get(span.clone()).unwrap_or_default();
            return self.wrong(
                key,
                &span,
                "stands here for the second time",
                "give each account and each key a name of its own",
            );
        }
        self.wrong("", &span, format!("this is no TOML ({})", error.message()), "mend the syntax")
    }

    pub(super) fn unknown(&self, field: &str, span: Range<usize>, known: &[&str]) -> ConfigError {
        self.wrong(field, &span, "there is no such key", format!("write one of {}", known.join(", ")))
    }

    pub(super) fn wrong(
        &self,
        field: &str,
        span: &Range<usize>,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> ConfigError {
        ConfigError {
            place: Some(self.place(span)),
            field: field.to_owned(),
            problem: problem.into(),
            fix: fix.into(),
            cause: Cause::none(),
        }
    }

    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: self.path.map(Path::to_path_buf),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

pub(super) fn article(value: &DeValue<'_>) -> String {
    let kind = value.type_str();
    let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {kind}")
}
