//! An account's limits, as a configuration file says.

use std::time::Duration;

use toml::Spanned;
use toml::de::{DeString, DeTable};

use super::{Reader, Value};
use crate::error::ConfigError;
use crate::limits::Limits;

const LIMIT_KEYS: [&str; 21] = [
    "deadline-ms",
    "min-time-left-ms",
    "memory-mib",
    "table-elements",
    "hostcall-mib",
    "handles",
    "requests",
    "in-flight",
    "concurrent-calls",
    "requests-per-minute",
    "attempts",
    "headers",
    "header-kib",
    "captured-kib",
    "journal-mib",
    "request-mib",
    "response-mib",
    "digests",
    "log-lines",
    "log-kib",
    "rows",
];

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
        name: &str,
        key: &Spanned<DeString<'_>>,
        value: &Value<'_>,
        limits: Limits,
    ) -> Result<Limits, ConfigError> {
        const KIB: usize = 1024;
        let number = || self.number(name, value);
        let many = || number().map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        let bytes = |unit: usize| many().map(|number| number.saturating_mul(unit));
        Ok(match key.get_ref().as_ref() {
            "deadline-ms" => limits.deadline(Duration::from_millis(number()?.into())),
            "min-time-left-ms" => limits.min_time_left(Duration::from_millis(number()?.into())),
            "memory-mib" => limits.memory(bytes(KIB * KIB)?),
            "table-elements" => limits.table_elements(many()?),
            "hostcall-mib" => limits.hostcall_fuel(bytes(KIB * KIB)?),
            "handles" => limits.handles(many()?),
            "requests" => limits.requests(number()?),
            "in-flight" => limits.in_flight(many()?),
            "concurrent-calls" => limits.concurrent_calls(many()?),
            "requests-per-minute" => limits.requests_per_minute(number()?),
            "attempts" => limits.attempts(number()?),
            "headers" => limits.headers(many()?),
            "header-kib" => limits.header_bytes(bytes(KIB)?),
            "captured-kib" => limits.captured_bytes(bytes(KIB)?),
            "journal-mib" => limits.journal_bytes(u64::from(number()?).saturating_mul(1024 * 1024)),
            "request-mib" => limits.request_body(bytes(KIB * KIB)?),
            "response-mib" => limits.response_body(bytes(KIB * KIB)?),
            "digests" => limits.digests(number()?),
            "log-lines" => limits.log_lines(number()?),
            "log-kib" => limits.log_bytes(bytes(KIB)?),
            "rows" => limits.rows(many()?),
            _ => return Err(self.unknown(name, key.span(), &LIMIT_KEYS)),
        })
    }
}
