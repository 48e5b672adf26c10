//! A configuration out of a text, TOML, or of what an application has read already, JSON.

use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};

use super::{Config, ConfigError, file};
use crate::error::{Cause, Error};

/// TOML, with paths relative to the working directory and variables of this process's environment.
impl FromStr for Config {
    type Err = Error;

    fn from_str(text: &str) -> Result<Config, Error> {
        file::parse(text, &|name| std::env::var_os(name)).checked()
    }
}

/// The same keys as in TOML: what an application has of its own configuration, whatever that is written in. Paths are
/// relative to the working directory, and variables of this process's environment. An error names the field.
impl TryFrom<serde_json::Value> for Config {
    type Error = Error;

    fn try_from(value: serde_json::Value) -> Result<Config, Error> {
        of_json(&value)
    }
}

impl TryFrom<&serde_json::Value> for Config {
    type Error = Error;

    fn try_from(value: &serde_json::Value) -> Result<Config, Error> {
        of_json(value)
    }
}

/// As a part of an application's own configuration. What it takes from the environment and from files is read now.
impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Config, D::Error> {
        of_json(&serde_json::Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// By way of TOML, whose reader names fields. Places in that text mean nothing to the caller, and are dropped.
fn of_json(value: &serde_json::Value) -> Result<Config, Error> {
    let wrong = |problem: String, fix: &str| ConfigError {
        place: None,
        field: String::new(),
        problem,
        fix: fix.to_owned(),
        cause: Cause::none(),
    };
    if !value.is_object() {
        return Err(wrong("this is no object".to_owned(), "give an object with the keys of a configuration").into());
    }
    if let Some(field) = null(value) {
        return Err(ConfigError { field, ..wrong("is null".to_owned(), "leave it out, or give it a value") }.into());
    }
    let text = toml::to_string(value)
        .map_err(|error| wrong(format!("this cannot be a configuration: {error}"), "give what TOML can say"))?;
    let mut config = file::parse(&text, &|name| std::env::var_os(name));
    for account in &mut config.accounts {
        account.places = Arc::default();
        account.mistakes.iter_mut().for_each(|mistake| mistake.place = None);
    }
    config.mistakes.iter_mut().for_each(|mistake| mistake.place = None);
    config.journal_place = None;
    if let Some(cache) = &mut config.cache {
        cache.place = None;
    }
    config.checked()
}

/// The path of the first null: TOML has none, and a field must not be dropped in silence.
fn null(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => Some(String::new()),
        serde_json::Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let below = null(value)?;
            let dot = if below.is_empty() { "" } else { "." };
            Some(format!("{name}{dot}{below}"))
        }),
        serde_json::Value::Array(values) => values.iter().find_map(null),
        _ => None,
    }
}
