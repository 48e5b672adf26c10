//! Times as the four providers write them: `2026-11-21 20:00:00` in Asia/Shanghai, which has been UTC+8 all year round
//! since 1991.

use time::{Date, Month, OffsetDateTime, Time, format_description::BorrowedFormatItem, macros::format_description};

const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const OFFSET_SECONDS: i64 = 8 * 3600;

/// The time as the providers write it, truncated to whole seconds. None outside the years 0 to 9999.
#[must_use]
pub fn format(milliseconds: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000).checked_add(OFFSET_SECONDS)?)
        .ok()?
        .format(FORMAT)
        .ok()
}

/// The time in milliseconds since the Unix epoch: with a space or a `T` in its middle, with or without a fraction of a
/// second, and in Asia/Shanghai unless it has a zone (`Z`, `+08:00`). None for anything else, including
/// `0000-00-00 00:00:00`.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (seconds, rest) = text.as_bytes().split_at_checked(SECONDS)?;
    let (fraction, zone) = fraction(rest)?;
    at_second(seconds)?.checked_add(fraction)?.checked_sub(zone.checked_mul(1000)?)
}

/// Length of a time with whole seconds, in bytes.
const SECONDS: usize = 19;

/// The milliseconds of a fraction, and the zone's offset from UTC in seconds.
fn fraction(rest: &[u8]) -> Option<(i64, i64)> {
    let (fraction, zone) = match rest.strip_prefix(b".") {
        Some(rest) => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, zone) = rest.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
            let milliseconds =
                digits.iter().chain(b"000").take(3).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
            (milliseconds, zone)
        }
        None => (0, rest),
    };
    let zone = match *zone {
        [] => OFFSET_SECONDS,
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h0, b':', m1, m0] | [sign @ (b'+' | b'-'), h1, h0, m1, m0] => {
            let seconds = i64::from(number(h1, h0)?) * 3600 + i64::from(number(m1, m0)?) * 60;
            if sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    Some((fraction, zone))
}

/// The milliseconds of a time with whole seconds, read as UTC.
fn at_second(text: &[u8]) -> Option<i64> {
    // Parsed by hand, because every row has a time: interpreting a format costs several times as much.
    let [y3, y2, y1, y0, b'-', mo1, mo0, b'-', d1, d0, b' ' | b'T', h1, h0, b':', mi1, mi0, b':', s1, s0] = *text
    else {
        return None;
    };
    let year = 100 * i32::from(number(y3, y2)?) + i32::from(number(y1, y0)?);
    let month = Month::try_from(number(mo1, mo0)?).ok()?;
    let date = Date::from_calendar_date(year, month, number(d1, d0)?).ok()?;
    let time = Time::from_hms(number(h1, h0)?, number(mi1, mi0)?, number(s1, s0)?).ok()?;
    OffsetDateTime::new_utc(date, time).unix_timestamp().checked_mul(1000)
}

fn number(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| 10 * (tens - b'0') + (ones - b'0'))
}

/// Time span in which the document of a request sent at these times was created, for a person who looks for it at the
/// provider.
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

    #[test]
    fn a_time_is_read_with_a_fraction_a_t_and_a_zone() {
        for (text, milliseconds) in [
            ("2016-08-01 17:05:10.0", 1_470_042_310_000),
            ("2016-08-01T17:05:10", 1_470_042_310_000),
            (" 2016-08-01 17:05:10 ", 1_470_042_310_000),
            ("2016-08-01 17:05:10.5", 1_470_042_310_500),
            ("2016-08-01 17:05:10.123456", 1_470_042_310_123),
            ("2016-08-01T17:05:10+08:00", 1_470_042_310_000),
            ("2016-08-01T17:05:10.25+0800", 1_470_042_310_250),
            ("2016-08-01T09:05:10Z", 1_470_042_310_000),
            ("2016-08-01T09:05:10.000Z", 1_470_042_310_000),
            ("2016-08-01T04:05:10-05:00", 1_470_042_310_000),
        ] {
            assert_eq!(parse(text), Some(milliseconds), "{text}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_no_time() {
        for text in [
            "2016-08-01",
            "2016-08-01 17:05:10.",
            "2016-08-01 17:05:10x",
            "2016-08-01 17:05:10.x",
            "2016-08-01 17:05:10 08:00",
            "2016-8-01 17:05:10",
            "2016-13-01 17:05:10",
            "2015-02-29 17:05:10",
            "2016-08-01 24:00:00",
            "2016-08-01 17:05:60",
            "2016-08-01 17:05:1x",
            "+016-08-01 17:05:10",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("2016-02-29 23:59:59"), Some(1_456_761_599_000));
        assert_eq!(parse("9999-12-31 23:59:59").and_then(format).as_deref(), Some("9999-12-31 23:59:59"));
    }
}
