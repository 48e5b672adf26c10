//! Times as the four providers write them: `2026-11-22 08:00:00` in Asia/Shanghai, which has no daylight saving time.

use time::format_description::BorrowedFormatItem;
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime, PrimitiveDateTime};

const DATE_TIME: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const COMPACT_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");

/// Parses a `yyyy-MM-dd HH:mm:ss`.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, DATE_TIME).ok().map(|time| time.assume_offset(offset!(+8)))
}

/// Whether the text is a `yyyy-MM-dd` that exists in the calendar.
pub(crate) fn is_date(text: &str) -> bool {
    Date::parse(text, DATE).is_ok()
}

/// `2026-11-22 08:00:00`
pub(crate) fn date_time(moment: OffsetDateTime) -> String {
    format(moment, DATE_TIME)
}

/// `20261122`, as in document numbers.
pub(crate) fn compact_date(moment: OffsetDateTime) -> String {
    format(moment, COMPACT_DATE)
}

/// The hour of the day.
pub(crate) fn hour(moment: OffsetDateTime) -> u8 {
    moment.to_offset(offset!(+8)).hour()
}

/// Milliseconds since the Unix epoch.
pub(crate) fn epoch_millis(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp().saturating_mul(1000).saturating_add(i64::from(moment.millisecond()))
}

fn format(moment: OffsetDateTime, format: &[BorrowedFormatItem<'_>]) -> String {
    // Formatting fails only for a component that the value lacks; these formats use date and time of day.
    moment.to_offset(offset!(+8)).format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_beijing_and_written_back() {
        let moment = parse("2016-01-01 12:00:00").unwrap();
        assert_eq!(moment.unix_timestamp(), 1_451_620_800);
        assert_eq!(date_time(moment), "2016-01-01 12:00:00");
    }

    #[test]
    fn other_spellings_of_a_time_are_not_times() {
        for text in ["2023/02/06 17:59:19", "2023-02-06", "2023-02-30 00:00:00", "2023-2-6 1:2:3", ""] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
