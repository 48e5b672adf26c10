//! Events of the accounts, as a line for people. The JSON document for programs is the library's own.

use stockbridge::{Applied, Event};

use crate::output;

/// The event on one line, and each of several mistakes on a line of its own.
pub(super) fn line(event: &Event) -> String {
    let line = match event {
        Event::Applied(applied) => format!("configuration applied: {}", changes(applied)),
        Event::Refused { code, reason } => {
            return with_reasons("configuration refused, nothing changed", reason, code);
        }
        Event::RemovalPending { removes, at } => {
            format!("configuration removes {}, applied at {}", list(removes), output::time(*at))
        }
        Event::RemovalWithdrawn => "removal withdrawn by a later save".to_owned(),
        Event::AccountFailed { account, code, reason, serves } => {
            let state = if *serves { "keeps its configuration" } else { "does not serve" };
            return with_reasons(&format!("{account} {state}"), reason, code);
        }
        Event::AccountMended { account } => format!("{account} is fixed"),
        Event::Mended => "configuration fixed: nothing is refused any more".to_owned(),
        Event::Kept { digest, accounts } => format!("version {} kept: {}", short(digest), list(accounts)),
        Event::RolledBack { digest, accounts, reason } => {
            format!("version {} rolled back: {}: {reason}", short(digest), list(accounts))
        }
        Event::JournalTaken { place } => format!("journal taken: {place}"),
        Event::JournalNotTaken { place, reason } => format!("journal not taken: {place}: {reason}"),
        Event::JournalMade { place, identity } => format!("journal created: {place}, {identity}"),
        Event::JournalPutBack { place, gap } => format!(
            "journal restored from a backup: {place}, no record from {} until {}",
            output::time(gap.from),
            output::time(gap.until)
        ),
        // An event that a later library adds.
        other => format!("{other:?}"),
    };
    output::plain(&line)
}

fn changes(applied: &Applied) -> String {
    let changes = [
        ("added", &applied.added),
        ("removed", &applied.removed),
        ("reconfigured", &applied.reconfigured),
        ("swapped", &applied.swapped),
        ("held back", &applied.held_back),
        ("not applied for", &applied.failed),
    ];
    let changes = changes.into_iter().filter(|(_, accounts)| !accounts.is_empty());
    changes.map(|(change, accounts)| format!("{change} {}", list(accounts))).collect::<Vec<_>>().join("; ")
}

/// The first twelve digits of a digest, as in tables.
fn short(digest: &impl ToString) -> String {
    digest.to_string().chars().take(12).collect()
}

/// A statement with its reason on the same line, or several reasons below it.
fn with_reasons(what: &str, reason: &str, code: &str) -> String {
    let reasons: Vec<_> = reason.lines().map(output::plain).collect();
    match reasons.as_slice() {
        [one] => output::plain(&format!("{what}: {one} ({code})")),
        several => format!("{}\n  {}", output::plain(&format!("{what} ({code}):")), several.join("\n  ")),
    }
}

fn list(accounts: &[String]) -> String {
    accounts.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stockbridge::{Digest, Event};

    use super::line;

    #[test]
    fn an_event_is_one_line_that_names_the_accounts() {
        let digest = Digest::from([0x1f; 32]);
        let accounts = || vec!["a".to_owned(), "b".to_owned()];
        let failed = |serves| Event::AccountFailed {
            account: "a".to_owned(),
            code: "config.invalid",
            reason: "x.toml:1:1: no".to_owned(),
            serves,
        };
        let refused = |reason: &str| Event::Refused { code: "config.invalid", reason: reason.to_owned() };
        for (event, said) in [
            (Event::Kept { digest, accounts: accounts() }, "version 1f1f1f1f1f1f kept: a, b"),
            (
                Event::RolledBack { digest, accounts: accounts(), reason: "it trapped\nthrice".to_owned() },
                "version 1f1f1f1f1f1f rolled back: a, b: it trapped\\nthrice",
            ),
            (refused("x.toml:1:1: no"), "configuration refused, nothing changed: x.toml:1:1: no (config.invalid)"),
            (
                refused("x.toml:1:1: no\nx.toml:2:1: n\u{1b}o"),
                "configuration refused, nothing changed (config.invalid):\n  x.toml:1:1: no\n  x.toml:2:1: n\\u{1b}o",
            ),
            (failed(true), "a keeps its configuration: x.toml:1:1: no (config.invalid)"),
            (failed(false), "a does not serve: x.toml:1:1: no (config.invalid)"),
            (Event::AccountMended { account: "a".to_owned() }, "a is fixed"),
            (Event::Mended, "configuration fixed: nothing is refused any more"),
            (Event::RemovalWithdrawn, "removal withdrawn by a later save"),
        ] {
            assert_eq!(line(&event), said);
        }
    }

    #[test]
    fn an_event_is_a_document_with_its_name_first() {
        let refused = Event::Refused { code: "config.invalid", reason: "no".to_owned() };
        let text = serde_json::to_string(&refused).unwrap();
        assert_eq!(text, r#"{"event":"refused","code":"config.invalid","reason":"no"}"#);
        assert_eq!(json!(Event::Mended), json!({"event": "mended"}));
        let digest = Digest::from([1; 32]);
        let rolled_back = Event::RolledBack { digest, accounts: Vec::new(), reason: "no".to_owned() };
        assert_eq!(
            json!(rolled_back),
            json!({"event": "rolled-back", "sha256": "01".repeat(32), "accounts": [], "reason": "no"})
        );
        let applied = json!(Event::Applied(stockbridge::Applied::default()));
        assert_eq!(
            applied,
            json!({
                "event": "applied", "added": [], "removed": [], "reconfigured": [], "swapped": [], "held-back": [], "failed": []
            })
        );
    }
}
