//! What happened to the accounts: a document for programs, a line for people.

use serde::Serialize;
use stockbridge::Event;

use crate::output;

/// An event as a program reads it.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(super) enum Told<'a> {
    Applied {
        added: &'a [String],
        removed: &'a [String],
        reconfigured: &'a [String],
        swapped: &'a [String],
        held_back: &'a [String],
        failed: &'a [String],
    },
    Refused {
        code: &'a str,
        reason: &'a str,
    },
    AccountFailed {
        account: &'a str,
        code: &'a str,
        reason: &'a str,
        serves: bool,
    },
    AccountMended {
        account: &'a str,
    },
    Mended,
    Kept {
        sha256: String,
        accounts: &'a [String],
    },
    RolledBack {
        sha256: String,
        accounts: &'a [String],
        reason: &'a str,
    },
    Missed {
        events: u64,
    },
}

impl<'a> Told<'a> {
    /// Nothing of an event that this command does not know: the accounts themselves say what it came to.
    pub(super) fn of(event: &'a Event) -> Option<Told<'a>> {
        Some(match event {
            Event::Applied(applied) => Told::Applied {
                added: &applied.added,
                removed: &applied.removed,
                reconfigured: &applied.reconfigured,
                swapped: &applied.swapped,
                held_back: &applied.held_back,
                failed: &applied.failed,
            },
            Event::Refused { code, reason } => Told::Refused { code, reason },
            Event::AccountFailed { account, code, reason, serves } => {
                Told::AccountFailed { account, code, reason, serves: *serves }
            }
            Event::AccountMended { account } => Told::AccountMended { account },
            Event::Kept { digest, accounts } => Told::Kept { sha256: digest.to_string(), accounts },
            Event::RolledBack { digest, accounts, reason } => {
                Told::RolledBack { sha256: digest.to_string(), accounts, reason }
            }
            Event::Mended => Told::Mended,
            Event::Missed(events) => Told::Missed { events: *events },
            _ => return None,
        })
    }

    /// The event on one line, and each of several mistakes on one of its own.
    pub(super) fn line(&self) -> String {
        let line = match self {
            Told::Applied { added, removed, reconfigured, swapped, held_back, failed } => {
                let changes = [
                    ("added", added),
                    ("removed", removed),
                    ("reconfigured", reconfigured),
                    ("swapped", swapped),
                    ("held back", held_back),
                    ("not taken over for", failed),
                ];
                let changes = changes.into_iter().filter(|(_, accounts)| !accounts.is_empty());
                let changes: Vec<_> =
                    changes.map(|(change, accounts)| format!("{change} {}", list(accounts))).collect();
                format!("configuration taken over: {}", changes.join("; "))
            }
            Told::Refused { code, reason } => {
                return with_reasons("configuration refused, all stays as it is", reason, code);
            }
            Told::AccountFailed { account, code, reason, serves } => {
                let state = if *serves { "goes on with what it has" } else { "does not serve" };
                return with_reasons(&format!("{account} {state}"), reason, code);
            }
            Told::AccountMended { account } => format!("{account} is mended"),
            Told::Mended => "configuration mended: what was refused is in order again".to_owned(),
            Told::Kept { sha256, accounts } => format!("version {sha256:.12} kept: {}", list(accounts)),
            Told::RolledBack { sha256, accounts, reason } => {
                format!("version {sha256:.12} rolled back: {}: {reason}", list(accounts))
            }
            Told::Missed { events } => format!("events missed: {events}"),
        };
        output::plain(&line)
    }
}

/// What happened and why: behind it, or where there are several reasons, below it.
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
    use super::Told;
    use serde_json::json;
    use stockbridge::Event;

    fn applied<'a>(added: &'a [String], held_back: &'a [String]) -> Told<'a> {
        Told::Applied { added, removed: &[], reconfigured: &[], swapped: &[], held_back, failed: &[] }
    }

    #[test]
    fn an_event_is_one_line_that_names_the_accounts() {
        let [a, b] = ["a", "b"].map(str::to_owned);
        let (sha256, accounts) = ("0123456789abcdef".to_owned(), [a.clone()]);
        for (told, line) in [
            (applied(&[a, b.clone()], &[]), "configuration taken over: added a, b"),
            (applied(&accounts, &[b]), "configuration taken over: added a; held back b"),
            (Told::Kept { sha256: sha256.clone(), accounts: &accounts }, "version 0123456789ab kept: a"),
            (
                Told::RolledBack { sha256, accounts: &accounts, reason: "it trapped\nthrice" },
                "version 0123456789ab rolled back: a: it trapped\\nthrice",
            ),
            (
                Told::Refused { code: "config.invalid", reason: "x.toml:1:1: no" },
                "configuration refused, all stays as it is: x.toml:1:1: no (config.invalid)",
            ),
            (
                Told::Refused { code: "config.invalid", reason: "x.toml:1:1: no\nx.toml:2:1: n\u{1b}o" },
                "configuration refused, all stays as it is (config.invalid):\n  x.toml:1:1: no\n  x.toml:2:1: n\\u{1b}o",
            ),
            (
                Told::AccountFailed { account: "a", code: "config.invalid", reason: "x.toml:1:1: no", serves: true },
                "a goes on with what it has: x.toml:1:1: no (config.invalid)",
            ),
            (
                Told::AccountFailed { account: "a", code: "config.invalid", reason: "x.toml:1:1: no", serves: false },
                "a does not serve: x.toml:1:1: no (config.invalid)",
            ),
            (Told::AccountMended { account: "a" }, "a is mended"),
            (Told::Mended, "configuration mended: what was refused is in order again"),
            (Told::Missed { events: 3 }, "events missed: 3"),
        ] {
            assert_eq!(told.line(), line);
        }
    }

    #[test]
    fn an_event_is_a_document_with_its_name_first() {
        let refused = Event::Refused { code: "config.invalid", reason: "no".to_owned() };
        let text = serde_json::to_string(&Told::of(&refused)).unwrap();
        assert_eq!(text, r#"{"event":"refused","code":"config.invalid","reason":"no"}"#);
        assert_eq!(
            json!(applied(&["a".to_owned()], &[])),
            json!({
                "event": "applied", "added": ["a"], "removed": [], "reconfigured": [], "swapped": [], "held-back": [], "failed": []
            })
        );
        assert_eq!(json!(Told::of(&Event::Mended)), json!({"event": "mended"}));
        assert_eq!(json!(Told::of(&Event::Missed(3))), json!({"event": "missed", "events": 3}));
        let rolled_back = Told::RolledBack { sha256: "01".to_owned(), accounts: &[], reason: "no" };
        assert_eq!(json!(rolled_back), json!({"event": "rolled-back", "sha256": "01", "accounts": [], "reason": "no"}));
    }
}
