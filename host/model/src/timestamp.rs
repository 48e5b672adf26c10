//! Points in time and calendar dates.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z. In JSON it is RFC 3339: `2026-11-21T20:00:00+08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time this many milliseconds after (or, if negative, before) the Unix epoch.
    #[must_use]
    pub const fn from_millis(milliseconds: i64) -> Timestamp {
        Timestamp(milliseconds)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The current time by the system's clock.
    #[must_use]
    pub fn now() -> Timestamp {
        Timestamp::from(SystemTime::now())
    }

    /// The time this much earlier.
    #[must_use]
    pub fn earlier(self, by: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The time this much later.
    #[must_use]
    pub fn later(self, by: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Parses RFC 3339, such as `2026-11-21T20:00:00+08:00`. Anything finer than a millisecond is cut off.
    #[must_use]
    pub fn parse(text: &str) -> Option<Timestamp> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Timestamp::from)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Timestamp {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Timestamp(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => millis(after),
            Err(before) => -millis(before.duration()),
        })
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(time: OffsetDateTime) -> Timestamp {
        // The years of `time` fit: they have at most four digits, or six with its feature `large-dates`.
        let millis = time.unix_timestamp_nanos().div_euclid(1_000_000);
        Timestamp(i64::try_from(millis).unwrap_or(if millis < 0 { i64::MIN } else { i64::MAX }))
    }
}

/// In UTC. Times outside the years that `time` knows are an error.
impl TryFrom<Timestamp> for OffsetDateTime {
    type Error = time::error::ComponentRange;

    fn try_from(time: Timestamp) -> Result<OffsetDateTime, time::error::ComponentRange> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(time.0) * 1_000_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = OffsetDateTime::try_from(*self).ok().and_then(|time| time.format(&Rfc3339).ok());
        match written {
            Some(text) => formatter.pad(&text),
            None => write!(formatter, "{} ms since 1970", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text).ok_or_else(|| {
            de::Error::custom(format!("`{text}` is not a time; write it as in 2026-11-21T20:00:00+08:00"))
        })
    }
}

/// A calendar date in JSON: `2026-11-21`.
pub(crate) mod date {
    use time::{Date, format_description::BorrowedFormatItem, macros::format_description};

    const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

    /// Parses a date; none for any other format.
    #[must_use]
    pub fn parse(text: &str) -> Option<Date> {
        // The format also accepts a signed year, which would be written back as another text.
        text.starts_with(|first: char| first.is_ascii_digit()).then(|| Date::parse(text, FORMAT).ok()).flatten()
    }

    /// Formats a date.
    #[must_use]
    pub fn text(date: Date) -> String {
        date.format(FORMAT).unwrap_or_default()
    }

    /// Serializer and deserializer for an optional field.
    pub(crate) mod optional {
        use serde::{Deserialize, Deserializer, Serializer, de};
        use time::Date;

        pub(crate) fn serialize<S: Serializer>(date: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
            match date {
                Some(date) => serializer.serialize_some(&super::text(*date)),
                None => serializer.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
            let Some(text) = Option::<String>::deserialize(deserializer)? else {
                return Ok(None);
            };
            let date = super::parse(&text)
                .ok_or_else(|| de::Error::custom(format!("`{text}` is not a date; write it as in 2026-11-21")))?;
            Ok(Some(date))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn a_date_is_read_as_it_is_written_and_not_with_a_sign() {
        for text in ["2026-11-21", "0000-02-29", "9999-12-31"] {
            assert_eq!(date::text(date::parse(text).unwrap()), text);
        }
        for text in ["+2026-11-21", "-0001-01-01", "2026-11-31", "2026-1-1", " 2026-11-21", "2026-11-21 ", ""] {
            assert_eq!(date::parse(text), None, "{text}");
        }
    }
}
