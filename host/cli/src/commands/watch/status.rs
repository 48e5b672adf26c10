//! Current state of the accounts: a JSON document for programs, a table for people.

use serde::Serialize;
use stockbridge::{AccountStatus, SwapEnd, SwapStatus, Timestamp};

use crate::output::{self, Column};

/// The accounts, as JSON.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    accounts: Vec<AccountJson<'a>>,
}

/// An account, with the field names of the list of accounts.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AccountJson<'a> {
    name: &'a str,
    /// None for an account that never served.
    provider: Option<&'a str>,
    /// The component's own version.
    version: Option<&'a str>,
    sha256: Option<String>,
    since: Timestamp,
    calls: usize,
    last_swap: Option<Swap<'a>>,
    /// Why its latest configuration was not applied.
    failure: Option<Failed<'a>>,
    /// Accounts with which it may share an application, and what to configure.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    conflicts: &'a [String],
}

#[derive(Serialize)]
struct Failed<'a> {
    code: &'a str,
    reason: &'a str,
    since: Timestamp,
}

#[derive(Serialize)]
struct Swap<'a> {
    from: String,
    to: String,
    at: Timestamp,
    end: &'static str,
    /// Why it was rolled back.
    reason: Option<&'a str>,
}

pub(super) fn document(accounts: &[AccountStatus]) -> Document<'_> {
    Document { accounts: accounts.iter().map(AccountJson::of).collect() }
}

impl<'a> AccountJson<'a> {
    fn of(status: &'a AccountStatus) -> AccountJson<'a> {
        AccountJson {
            name: &status.account,
            provider: status.provider.as_deref(),
            version: status.version.as_deref(),
            sha256: status.digest.map(|digest| digest.to_string()),
            since: status.since,
            calls: status.calls,
            last_swap: status.last_swap.as_ref().map(Swap::of),
            failure: status.failure.as_ref().map(|failure| Failed {
                code: failure.code,
                reason: &failure.reason,
                since: failure.since,
            }),
            conflicts: &status.conflicts,
        }
    }
}

impl<'a> Swap<'a> {
    fn of(swap: &'a SwapStatus) -> Swap<'a> {
        let (end, reason) = match &swap.end {
            SwapEnd::OnProbation => ("on-probation", None),
            SwapEnd::Kept => ("kept", None),
            SwapEnd::RolledBack { reason } => ("rolled-back", Some(reason.as_str())),
            // An end that a later library adds.
            _ => ("other", None),
        };
        Swap { from: swap.from.to_string(), to: swap.to.to_string(), at: swap.at, end, reason }
    }
}

pub(super) fn table(accounts: &[AccountStatus]) -> String {
    if accounts.is_empty() {
        return "the configuration has no accounts".to_owned();
    }
    let columns = [
        Column::Text("account"),
        Column::Text("provider"),
        Column::Text("version"),
        Column::Text("sha256"),
        Column::Text("since"),
        Column::Figure("calls"),
        Column::Text("last swap"),
        Column::Text("wrong"),
    ];
    let rows: Vec<_> = document(accounts).accounts.iter().map(row).collect();
    output::table(columns, &rows)
}

fn row(account: &AccountJson<'_>) -> [String; 8] {
    [
        output::plain(account.name),
        account.provider.map_or_else(|| "-".to_owned(), output::plain),
        account.version.map_or_else(|| "-".to_owned(), output::plain),
        account.sha256.as_deref().map_or_else(|| "-".to_owned(), |sha256| format!("{sha256:.12}")),
        output::time(account.since),
        account.calls.to_string(),
        account.last_swap.as_ref().map_or_else(|| "-".to_owned(), ended),
        wrong(account),
    ]
}

/// Its mistakes, one per line.
fn wrong(account: &AccountJson<'_>) -> String {
    let mistakes = account.failure.iter().flat_map(|failure| failure.reason.lines());
    let conflicts = account.conflicts.iter().map(String::as_str);
    mistakes.chain(conflicts).map(output::plain).collect::<Vec<_>>().join("\n")
}

/// How a swap ended, if it did.
fn ended(swap: &Swap<'_>) -> String {
    match (swap.end, swap.reason) {
        (_, Some(reason)) => format!("rolled back: {}", output::plain(reason)),
        ("on-probation", None) => format!("on probation since {}", output::time(swap.at)),
        (end, None) => end.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountJson, Swap, row};
    use stockbridge::Timestamp;

    fn account(version: Option<&'static str>, last_swap: Option<Swap<'static>>) -> AccountJson<'static> {
        let since = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
        AccountJson {
            name: "wms",
            provider: Some("winit"),
            version,
            sha256: Some("0123456789abcdef".into()),
            since,
            calls: 2,
            last_swap,
            failure: None,
            conflicts: &[],
        }
    }

    fn swap(end: &'static str, reason: Option<&'static str>) -> Option<Swap<'static>> {
        let at = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
        Some(Swap { from: "01".to_owned(), to: "02".to_owned(), at, end, reason })
    }

    #[test]
    fn a_row_begins_with_what_serves_and_since_when() {
        let [begin @ .., _, _] = row(&account(Some("1.2\u{7}"), None));
        assert_eq!(begin, ["wms", "winit", "1.2\\u{7}", "0123456789ab", "2026-11-21T12:00:00.000Z", "2"]);
        let [_, _, version, ..] = row(&account(None, None));
        assert_eq!(version, "-");
    }

    #[test]
    fn a_row_ends_with_how_the_last_swap_ended() {
        for (last, expected) in [
            (None, "-"),
            (swap("on-probation", None), "on probation since 2026-11-21T12:00:00.000Z"),
            (swap("kept", None), "kept"),
            (swap("rolled-back", Some("it trapped\nthrice")), "rolled back: it trapped\\nthrice"),
        ] {
            let [.., end, _] = row(&account(None, last));
            assert_eq!(end, expected);
        }
    }
}
