//! Times as the four providers write them: `2026-11-21 20:00:00` in Asia/Shanghai, which has been UTC+8 all year round
//! since 1991.

use time::{
    OffsetDateTime, PrimitiveDateTime, UtcOffset, format_description::BorrowedFormatItem, macros::format_description,
};

const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const OFFSET_SECONDS: i64 = 8 * 3600;

/// The time as the providers write it; what is finer than a second is cut off. None outside the years 0 to 9999.
#[must_use]
pub fn format(milliseconds: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000).checked_add(OFFSET_SECONDS)?)
        .ok()?
        .format(FORMAT)
        .ok()
}

/// The time in milliseconds since the Unix epoch. None for what is no such time, `0000-00-00 00:00:00` among it.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let local = PrimitiveDateTime::parse(text, FORMAT).ok()?;
    local.assume_offset(UtcOffset::UTC).unix_timestamp().checked_sub(OFFSET_SECONDS)?.checked_mul(1000)
}

/// When a document was made whose request was sent at these times, for a person who looks for it at the provider.
#[must_use]
pub fn span(first_sent: i64, last_sent: i64) -> String {
    let time = |milliseconds| format(milliseconds).unwrap_or_else(|| "?".to_owned());
    format!("between {} and a few minutes after {} (Asia/Shanghai)", time(first_sent), time(last_sent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_eight_hours_ahead_of_utc_and_read_back() {
        assert_eq!(format(0).unwrap(), "1970-01-01 08:00:00");
        assert_eq!(format(1_470_042_310_999).unwrap(), "2016-08-01 17:05:10");
        assert_eq!(parse("2016-08-01 17:05:10"), Some(1_470_042_310_000));
        assert_eq!(format(-1).unwrap(), "1970-01-01 07:59:59");
    }

    #[test]
    fn a_span_is_told_in_the_providers_time() {
        assert_eq!(
            span(0, 60_000),
            "between 1970-01-01 08:00:00 and a few minutes after 1970-01-01 08:01:00 (Asia/Shanghai)"
        );
    }

    #[test]
    fn the_providers_empty_time_is_no_time() {
        assert_eq!(parse("0000-00-00 00:00:00"), None);
        assert_eq!(parse(""), None);
        assert_eq!(format(i64::MAX), None);
    }
}
