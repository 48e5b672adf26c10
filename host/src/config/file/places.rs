//! Where a host keeps what outlives it, as a configuration file says: the cache and the journal.

use std::ops::Range;
use std::time::Duration;

use stockbridge_journal::JournalConfig;
use toml::de::{DeTable, DeValue};

use super::{Reader, Value};
use crate::engine::CacheConfig;
use crate::error::ConfigError;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const CACHE_KEYS: [&str; 3] = ["directory", "size-mib", "unused-days"];
const JOURNAL_KEYS: [&str; 4] = ["path", "file", "keep-days", "must-exist"];

impl Reader<'_> {
    pub(super) fn cache(&self, span: &Range<usize>, value: &Value<'_>) -> Result<CacheConfig, ConfigError> {
        let mut cache = match value.get_ref() {
            DeValue::Table(table) => self.cache_table(span, table)?,
            _ => CacheConfig::new(self.path("cache", value, "directory")?),
        };
        cache.place = Some(self.place(span));
        Ok(cache)
    }

    fn cache_table(&self, span: &Range<usize>, table: &DeTable<'_>) -> Result<CacheConfig, ConfigError> {
        let missing = || self.wrong("cache.directory", span, "is missing", "write directory = \"path\"");
        let mut cache =
            CacheConfig::new(self.path("cache.directory", table.get("directory").ok_or_else(missing)?, "directory")?);
        for (key, value) in table.iter() {
            let field = format!("cache.{}", key.get_ref());
            let number = || self.noted(self.number(&field, value)).unwrap_or(1);
            cache = match key.get_ref().as_ref() {
                "directory" => cache,
                "size-mib" => cache.size(u64::from(number()) * 1024 * 1024),
                "unused-days" => cache.unused(DAY.saturating_mul(number())),
                _ => {
                    self.noted::<()>(Err(self.unknown(&field, key.span(), &CACHE_KEYS)));
                    cache
                }
            };
        }
        Ok(cache)
    }

    pub(super) fn journal(&self, span: &Range<usize>, value: &Value<'_>) -> Result<JournalConfig, ConfigError> {
        match value.get_ref() {
            DeValue::Table(table) => self.journal_table(span, table),
            _ => Ok(JournalConfig::new(self.path("journal", value, "file")?)),
        }
    }

    fn journal_table(&self, span: &Range<usize>, table: &DeTable<'_>) -> Result<JournalConfig, ConfigError> {
        // `file` is what it was called first.
        let named = ["path", "file"].into_iter().find_map(|key| Some((key, table.get(key)?)));
        let missing = || self.wrong("journal.path", span, "is missing", "write path = \"a file\"");
        let (key, path) = named.ok_or_else(missing)?;
        let mut journal = JournalConfig::new(self.path(&format!("journal.{key}"), path, "file")?);
        for (key, value) in table.iter() {
            let field = format!("journal.{}", key.get_ref());
            journal = match key.get_ref().as_ref() {
                "path" | "file" => journal,
                "must-exist" if self.noted(self.switch(&field, value)) == Some(true) => journal.must_exist(),
                "must-exist" => journal,
                "keep-days" => journal.keep(DAY.saturating_mul(self.noted(self.number(&field, value)).unwrap_or(1))),
                _ => {
                    self.noted::<()>(Err(self.unknown(&field, key.span(), &JOURNAL_KEYS)));
                    journal
                }
            };
        }
        Ok(journal)
    }
}
