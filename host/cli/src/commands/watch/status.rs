//! Current state of the accounts: a JSON document for programs, a table for people.

use serde::Serialize;
use stockbridge::{AccountStatus, Digest, SwapEnd, Timestamp};

use crate::output::{self, Column};

/// The accounts, as JSON.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    pub(super) accounts: &'a [AccountStatus],
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
    let rows: Vec<_> = accounts.iter().map(row).collect();
    output::table(columns, &rows)
}

fn row(account: &AccountStatus) -> [String; 8] {
    let version = (account.version.as_deref(), account.digest.as_ref());
    let [name, provider, version, digest] = serving(&account.name, account.provider.as_deref(), version);
    [
        name,
        provider,
        version,
        digest,
        output::time(account.since),
        account.calls.to_string(),
        account.last_swap.as_ref().map_or_else(|| "-".to_owned(), |swap| ended(swap.at, &swap.end)),
        wrong(account),
    ]
}

/// An account's name, its provider, and the serving version with the beginning of its digest.
fn serving(name: &str, provider: Option<&str>, version: (Option<&str>, Option<&Digest>)) -> [String; 4] {
    let known = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), output::plain);
    let (version, digest) = version;
    let digest = digest.map(|digest| format!("{:.12}", digest.to_string()));
    [output::plain(name), known(provider), known(version), known(digest.as_deref())]
}

/// Its mistakes, one per line.
fn wrong(account: &AccountStatus) -> String {
    let mistakes = account.failure.iter().flat_map(|failure| failure.reason.lines());
    let conflicts = account.conflicts.iter().map(String::as_str);
    mistakes.chain(conflicts).map(output::plain).collect::<Vec<_>>().join("\n")
}

/// The end of a swap.
fn ended(at: Timestamp, end: &SwapEnd) -> String {
    match end {
        SwapEnd::OnProbation => format!("on probation since {}", output::time(at)),
        SwapEnd::Kept => "kept".to_owned(),
        SwapEnd::RolledBack { reason } => format!("rolled back: {}", output::plain(reason)),
        // An end that a later library adds.
        _ => "other".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use stockbridge::{Digest, SwapEnd, Timestamp};

    use super::{ended, serving};

    #[test]
    fn a_row_begins_with_what_serves() {
        let digest = Digest::from([0x1f; 32]);
        let row = serving("wms", Some("winit"), (Some("1.2\u{7}"), Some(&digest)));
        assert_eq!(row, ["wms", "winit", "1.2\\u{7}", "1f1f1f1f1f1f"]);
        assert_eq!(serving("wms", None, (None, None)), ["wms", "-", "-", "-"]);
    }

    #[test]
    fn a_row_ends_with_how_the_last_swap_ended() {
        let at = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
        for (end, said) in [
            (SwapEnd::OnProbation, "on probation since 2026-11-21T12:00:00.000Z"),
            (SwapEnd::Kept, "kept"),
            (SwapEnd::RolledBack { reason: "it trapped\nthrice".to_owned() }, "rolled back: it trapped\\nthrice"),
        ] {
            assert_eq!(ended(at, &end), said);
        }
    }
}
