//! Queries for all stock, at a provider that lists stock by the time of its last change: the first day, the cost, and what
//! such a query cannot cover.

use crate::pagination::Span;
use crate::windows::THIRTY_DAYS;
use crate::{Host, Level, Refused, Setting, china_time, json};

/// Name of the setting with the first day.
const SINCE: &str = "since";

/// The setting with the first day of such a query. It has no default: a connector cannot know how far back an account's
/// stock goes.
#[must_use]
pub fn setting() -> Setting {
    Setting::optional(
        SINCE,
        "The first day of a query for all stock, in Asia/Shanghai: 2024-01-31. The provider lists stock by the time of its last \
         change, 30 days a request, so the query takes a request for each 30 days since then. Without this setting it is \
         refused.",
    )
}

/// Span of the times of change of such a query.
///
/// # Errors
/// The setting is missing, or is not a day in the past.
pub fn span(host: &impl Host) -> Result<Span, Refused> {
    since(host)?.map(|start| Span { start, end: None }).ok_or_else(|| {
        Refused::missing_setting(
            SINCE,
            "write `settings.since = \"YYYY-MM-DD\"` into the account, the day on which its stock began. A query for all stock \
             reads the changes since that day. A query that names items, or a window of change, needs no such day",
        )
    })
}

/// Logs the cost of such a query, with `rows` rows a page, for the operator who checks the account.
///
/// # Errors
/// The setting is not a day in the past.
pub fn log_cost(host: &impl Host, rows: u32) -> Result<(), Refused> {
    let message = match since(host)? {
        None => "a query for all stock is refused: it needs the setting `since`, which has no default".to_owned(),
        Some(start) => {
            let requests = windows(start, host.now());
            format!(
                "a query for all stock takes at least {requests} requests: one for each window of 30 days since the setting \
                 `since`, and one more for each page of {rows} rows in windows that have more"
            )
        }
    };
    host.log(Level::Info, &message, &[]);
    Ok(())
}

/// The extras of a page of such a query: from when on the answer is complete, and what is not covered.
#[must_use]
pub fn extras(span: Span) -> Vec<(String, String)> {
    let since = china_time::format(span.start).unwrap_or_default();
    vec![
        ("whole-since".to_owned(), json::quoted(&since)),
        (
            "not-covered".to_owned(),
            json::quoted(
                "rows without a time of their last change (`modified`), and rows that last changed before whole-since",
            ),
        ),
    ]
}

/// The number of windows from `start` to `now`.
fn windows(start: i64, now: i64) -> i64 {
    now.saturating_sub(start).div_euclid(THIRTY_DAYS).saturating_add(1)
}

fn since(host: &impl Host) -> Result<Option<i64>, Refused> {
    let Some(since) = host.setting(SINCE) else { return Ok(None) };
    match china_time::parse(&[since.trim(), " 00:00:00"].concat()) {
        None => Err(Refused::wrong_setting(SINCE, format!("`{since}` is not a day such as 2024-01-31"))),
        Some(start) if start > host.now() => {
            Err(Refused::wrong_setting(SINCE, format!("`{since}` has not begun in Asia/Shanghai")))
        }
        Some(start) => Ok(Some(start)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_window_is_a_request() {
        for (now, requests) in [(0, 1), (THIRTY_DAYS - 1, 1), (THIRTY_DAYS, 2), (5 * THIRTY_DAYS + 7, 6)] {
            assert_eq!(windows(0, now), requests, "{now}");
        }
    }
}
