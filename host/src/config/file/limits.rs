//! An account's limits, as a configuration file says.

use toml::Spanned;
use toml::de::{DeString, DeTable};

use super::{Reader, Value};
use crate::config::named_limit::NamedLimit;
use crate::error::ConfigError;
use crate::limits::Limits;

impl Reader<'_> {
    pub(super) fn limits(&self, field: &str, table: &DeTable<'_>) -> Limits {
        let mut limits = Limits::default();
        for (key, value) in table.iter() {
            let name = format!("{field}.{}", key.get_ref());
            limits = self.noted(self.limit(&name, key, value, limits)).unwrap_or(limits);
        }
        if let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == "deadline-ms")
            && limits.deadline <= limits.min_time_left
        {
            let least = limits.min_time_left.as_millis();
            self.noted(Err::<(), _>(self.wrong(
                &format!("{field}.{}", key.get_ref()),
                &value.span(),
                format!("leaves no call the {least} ms without which nothing is begun"),
                "write a longer one, or a shorter min-time-left-ms beside it",
            )));
        }
        limits
    }

    fn limit(
        &self,
        field: &str,
        key: &Spanned<DeString<'_>>,
        value: &Value<'_>,
        limits: Limits,
    ) -> Result<Limits, ConfigError> {
        match NamedLimit::ALL.iter().find(|limit| limit.name == key.get_ref()) {
            Some(limit) => Ok(limit.set(limits, self.number(field, value)?)),
            None => Err(self.unknown(field, key.span(), &NamedLimit::ALL.map(|limit| limit.name))),
        }
    }
}
