//! Queries for everything, at a provider that tells stock by the time of its last change: from which day on, what that
//! costs, and what it cannot meet.

use crate::walk::Span;
use crate::windows::THIRTY_DAYS;
use crate::{Host, Level, Refused, Setting, beijing, json};

/// The setting with the first day.
const SINCE: &str = "since";

/// The setting with the first day that such a query looks at. It has no default: how far back an account's stock goes, no
/// connector knows.
#[must_use]
pub fn setting() -> Setting {
    Setting::optional(
        SINCE,
        "The first day, in Asia/Shanghai, that a query for all stock looks at: 2024-01-31. The provider tells stock by the \
         time of its last change, in windows of 30 days, so the query takes a request for each window since then. Without \
         this setting it is refused.",
    )
}

/// The times that such a query asks for.
///
/// # Errors
/// The setting is missing, or is no day that has begun.
pub fn span(host: &impl Host) -> Result<Span, Refused> {
    since(host)?.map(|start| Span { start, end: None }).ok_or_else(|| {
        Refused::missing_setting(
            SINCE,
            "write `settings.since = \"YYYY-MM-DD\"` into the account, the day on which its stock began. A query for all stock \
             walks the times of change from there on, and no day is right for every account. Queries that name items, or a \
             window of change, do without",
        )
    })
}

/// Tells the operator what such a query costs, with `rows` rows a page.
///
/// # Errors
/// The setting is no day that has begun.
pub fn tell_cost(host: &impl Host, rows: u32) -> Result<(), Refused> {
    let told = match since(host)? {
        None => "a query for all stock is refused: it needs the setting `since`, which has no default".to_owned(),
        Some(start) => {
            let requests = windows(start, host.now());
            format!(
                "a query for all stock takes at least {requests} requests: one for each window of 30 days since the setting \
                 `since`, and one more for each page of {rows} rows in windows that have more"
            )
        }
    };
    host.log(Level::Info, &told, &[]);
    Ok(())
}

/// What a page of such a query says of itself, as extras.
#[must_use]
pub fn extras(span: Span) -> Vec<(String, String)> {
    let since = beijing::format(span.start).unwrap_or_default();
    vec![
        ("whole-since".to_owned(), json::quoted(&since)),
        (
            "not-met".to_owned(),
            json::quoted(
                "rows without a time of their last change (`modified`), and rows that last changed before whole-since",
            ),
        ),
    ]
}

/// How many windows lie between.
fn windows(start: i64, now: i64) -> i64 {
    now.saturating_sub(start).div_euclid(THIRTY_DAYS).saturating_add(1)
}

fn since(host: &impl Host) -> Result<Option<i64>, Refused> {
    let Some(since) = host.setting(SINCE) else { return Ok(None) };
    match beijing::parse(&[since.trim(), " 00:00:00"].concat()) {
        None => Err(Refused::wrong_setting(SINCE, format!("`{since}` is no day such as 2024-01-31"))),
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
