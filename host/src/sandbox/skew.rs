//! Clock difference between this machine and a provider, from the `date` header of its answers. Signatures contain a time, and
//! a provider that rejects it has an error message of its own.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use stockbridge_egress::Origin;
use stockbridge_model::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::diagnostics;

/// Tolerated difference in milliseconds: no provider rejects that much.
const TOLERATED: u64 = 60_000;
/// Maximum origins remembered as reported.
const MOST_ORIGINS: usize = 1000;

/// A difference between two clocks of more than a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skew {
    origin: String,
    /// How far this machine's clock is ahead, in milliseconds; negative if it is behind.
    ahead: i64,
}

impl Skew {
    /// Reads the difference from an answer that arrived at `now`. None if the clocks agree or the answer has no date.
    pub(crate) fn of_answer(origin: &Origin, headers: &[(String, Vec<u8>)], now: Timestamp) -> Option<Skew> {
        let header = |wanted: &str| {
            let (_, value) = headers.iter().find(|(name, _)| name == wanted)?;
            std::str::from_utf8(value).ok()
        };
        // A cached answer is as old as its `age` says.
        if header("age").is_some() {
            return None;
        }
        let date = OffsetDateTime::parse(header("date")?.trim(), &Rfc2822).ok()?.unix_timestamp().checked_mul(1000)?;
        let ahead = now.as_millis().saturating_sub(date);
        (ahead.unsigned_abs() > TOLERATED).then(|| Skew { origin: origin.to_string(), ahead })
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.ahead.unsigned_abs() / 1000;
        let side = if self.ahead > 0 { "ahead of" } else { "behind" };
        write!(formatter, "this machine's clock is {} {side} that of {}: set it right", span(seconds), self.origin)
    }
}

/// A span as text: in seconds, minutes, hours or days.
fn span(seconds: u64) -> String {
    match seconds {
        0..600 => format!("{seconds} s"),
        600..36_000 => format!("{} min", seconds / 60),
        36_000..864_000 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Origins whose clock difference was reported. Clones share the set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skews(Arc<Mutex<HashSet<String>>>);

impl Skews {
    /// Logs a warning for the operator, once for each origin.
    pub(crate) fn report(&self, account: &str, skew: &Skew) {
        let mut reported = self.0.lock();
        if reported.len() < MOST_ORIGINS && reported.insert(skew.origin.clone()) {
            tracing::warn!(target: diagnostics::EGRESS, account, origin = skew.origin, ahead_ms = skew.ahead, "{skew}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockbridge_egress::Target;

    fn skew(date: &str, now: &str, more: &[(&str, &str)]) -> Option<String> {
        let origin = Target::parse("https://api.example.com/").unwrap().origin;
        let headers: Vec<_> = [("date", date)]
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect();
        Skew::of_answer(&origin, &headers, Timestamp::parse(now).unwrap()).map(|skew| skew.to_string())
    }

    #[test]
    fn clocks_that_are_more_than_a_minute_apart_are_told_with_side_and_span() {
        let date = "Sat, 21 Nov 2026 12:00:00 GMT";
        assert_eq!(skew(date, "2026-11-21T12:00:00Z", &[]), None);
        assert_eq!(skew(date, "2026-11-21T12:01:00Z", &[]), None);
        assert_eq!(skew(date, "2026-11-21T11:59:00Z", &[]), None);
        let message =
            |span: &str| Some(format!("this machine's clock is {span} that of https://api.example.com: set it right"));
        assert_eq!(skew(date, "2026-11-21T12:02:00Z", &[]), message("120 s ahead of"));
        assert_eq!(skew(date, "2026-11-21T11:45:00Z", &[]), message("15 min behind"));
        assert_eq!(skew(date, "2027-11-21T12:00:00Z", &[]), message("365 days ahead of"));
        for odd in ["", "yesterday", "Sat, 21 Nov 99999999999 12:00:00 GMT"] {
            assert_eq!(skew(odd, "2026-11-21T12:02:00Z", &[]), None, "{odd}");
        }
        assert_eq!(skew(date, "2026-11-21T13:00:00Z", &[("age", "3600")]), None, "the answer is from a cache");
    }
}
