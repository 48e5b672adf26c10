//! Settings and secrets, as a configuration file says: in plain, or by where they are.

use std::ops::Range;
use std::path::Path;

use stockbridge_model::Secret;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::values::article;
use super::{Reader, Value};
use crate::config::CaptureRule;
use crate::config::source::{Unresolved, ValueSource};
use crate::error::ConfigError;

const CAPTURE_KEYS: [&str; 3] = ["capture", "from", "lifetime"];
const SOURCE_KEYS: [&str; 4] = ["env", "file", "before", "after"];

/// A value, and where it comes from if it is not written in plain.
pub(super) type Sourced<T> = (Option<ValueSource>, T);

impl Reader<'_> {
    /// A setting: a text, or a reference to one.
    pub(super) fn setting(&self, field: &str, value: &Value<'_>) -> Result<Sourced<String>, ConfigError> {
        match value.get_ref() {
            DeValue::String(text) => Ok((None, text.to_string())),
            DeValue::Table(table) => {
                let (source, text) = self.resolved(field, &value.span(), table, false)?;
                Ok((Some(source), text.to_string()))
            }
            other => Err(self.wrong(
                field,
                &value.span(),
                format!("is {}", article(other)),
                "write a text in quotes, or { env = \"NAME\" }",
            )),
        }
    }

    /// Whether a secret is one that is captured from answers.
    pub(super) fn is_capture(value: &Value<'_>) -> bool {
        value.get_ref().as_table().is_some_and(|table| table.contains_key("capture"))
    }

    /// Where a secret is captured from.
    pub(super) fn capture(&self, field: &str, value: &Value<'_>) -> Result<CaptureRule, ConfigError> {
        let table = self.table(field, value)?;
        if let Some((key, _)) = table.iter().find(|(key, _)| !CAPTURE_KEYS.contains(&key.get_ref().as_ref())) {
            return Err(self.unknown(&format!("{field}.{}", key.get_ref()), key.span(), &CAPTURE_KEYS));
        }
        let text = |key: &str| table.get(key).map(|value| self.string(&format!("{field}.{key}"), value)).transpose();
        let (Some(pointer), Some(from)) = (text("capture")?, text("from")?) else {
            let fix = "write { capture = \"/access_token\", from = \"https://…/token\" }, with lifetime = \"/expires_in\" if it has one";
            return Err(self.wrong(field, &value.span(), "names no address to capture it from", fix));
        };
        let rule = CaptureRule::new(from, pointer);
        Ok(match text("lifetime")? {
            Some(lifetime) => rule.lifetime(lifetime),
            None => rule,
        })
    }

    /// Where a secret is: never in the file itself.
    pub(super) fn secret(&self, field: &str, value: &Value<'_>) -> Result<Sourced<Secret>, ConfigError> {
        match value.get_ref() {
            DeValue::Table(table) => {
                let (source, text) = self.resolved(field, &value.span(), table, true)?;
                Ok((Some(source), Secret::new(text.as_bytes())))
            }
            _ => Err(self.wrong(
                field,
                &value.span(),
                "is a secret in plain",
                "keep it out of this file: write { env = \"NAME\" } or { file = \"path\" }",
            )),
        }
    }

    fn resolved(
        &self,
        field: &str,
        span: &Range<usize>,
        table: &DeTable<'_>,
        is_secret: bool,
    ) -> Result<(ValueSource, Zeroizing<String>), ConfigError> {
        for (key, _) in table.iter() {
            if !SOURCE_KEYS.contains(&key.get_ref().as_ref()) {
                return Err(self.unknown(&format!("{field}.{}", key.get_ref()), key.span(), &SOURCE_KEYS));
            }
        }
        let text = |key: &str| table.get(key).map(|value| self.string(&format!("{field}.{key}"), value)).transpose();
        let mut source = match (text("env")?, text("file")?) {
            (Some(name), None) => ValueSource::env(name),
            (None, Some(path)) => ValueSource::file_in(self.directory(), path),
            _ => {
                return Err(self.wrong(
                    field,
                    span,
                    "names no source, or two",
                    "write either env = \"NAME\" or file = \"path\"",
                ));
            }
        };
        self.files.borrow_mut().extend(source.path().map(Path::to_path_buf));
        if let Some(text) = text("before")? {
            source = source.before(text);
        }
        if let Some(text) = text("after")? {
            source = source.after(text);
        }
        let value = source.resolve(self.environment, is_secret).map_err(|Unresolved(problem, fix, cause)| {
            ConfigError { cause, ..self.wrong(field, span, problem, fix) }
        })?;
        Ok((source, value))
    }
}
