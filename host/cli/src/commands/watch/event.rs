//! Events of the accounts: a JSON document for programs, a line for people.

use serde::Serialize;
use stockbridge::Event;

use crate::output;

/// An event, as JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(super) enum EventJson<'a> {
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

impl<'a> EventJson<'a> {
    /// None for an event that this command does not know: the status of the accounts shows its result.
    pub(super) fn of(event: &'a Event) -> Option<EventJson<'a>> {
        Some(match event {
            Event::Applied(applied) => EventJson::Applied {
                added: &applied.added,
                removed: &applied.removed,
                reconfigured: &applied.reconfigured,
                swapped: &applied.swapped,
                held_back: &applied.held_back,
                failed: &applied.failed,
            },
            Event::Refused { code, reason } => EventJson::Refused { code, reason },
            Event::AccountFailed { account, code, reason, serves } => {
                EventJson::AccountFailed { account, code, reason, serves: *serves }
            }
            Event::AccountMended { account } => EventJson::AccountMended { account },
            Event::Kept { digest, accounts } => EventJson::Kept { sha256: digest.to_string(), accounts },
            Event::RolledBack { digest, accounts, reason } => {
                EventJson::RolledBack { sha256: digest.to_string(), accounts, reason }
            }
            Event::Mended => EventJson::Mended,
            Event::Missed(events) => EventJson::Missed { events: *events },
            _ => return None,
        })
    }

    /// The event on one line, and each of several mistakes on a line of its own.
    pub(super) fn line(&self) -> String {
        let line = match self {
            EventJson::Applied { added, removed, reconfigured, swapped, held_back, failed } => {
                let changes = [
                    ("added", added),
                    ("removed", removed),
                    ("reconfigured", reconfigured),
                    ("swapped", swapped),
                    ("held back", held_back),
                    ("not applied for", failed),
                ];
                let changes = changes.into_iter().filter(|(_, accounts)| !accounts.is_empty());
                let changes: Vec<_> =
                    changes.map(|(change, accounts)| format!("{change} {}", list(accounts))).collect();
                format!("configuration applied: {}", changes.join("; "))
            }
            EventJson::Refused { code, reason } => {
                return with_reasons("configuration refused, nothing changed", reason, code);
            }
            EventJson::AccountFailed { account, code, reason, serves } => {
                let state = if *serves { "keeps its configuration" } else { "does not serve" };
                return with_reasons(&format!("{account} {state}"), reason, code);
            }
            EventJson::AccountMended { account } => format!("{account} is fixed"),
            EventJson::Mended => "configuration fixed: nothing is refused any more".to_owned(),
            EventJson::Kept { sha256, accounts } => format!("version {sha256:.12} kept: {}", list(accounts)),
            EventJson::RolledBack { sha256, accounts, reason } => {
                format!("version {sha256:.12} rolled back: {}: {reason}", list(accounts))
            }
            EventJson::Missed { events } => format!("events missed: {events}"),
        };
        output::plain(&line)
    }
}

/// What happened and why: on the same line, or if there are several reasons, on the lines below.
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
    use super::EventJson;
    use serde_json::json;
    use stockbridge::Event;

    fn applied<'a>(added: &'a [String], held_back: &'a [String]) -> EventJson<'a> {
        EventJson::Applied { added, removed: &[], reconfigured: &[], swapped: &[], held_back, failed: &[] }
    }

    #[test]
    fn an_event_is_one_line_that_names_the_accounts() {
        let [a, b] = ["a", "b"].map(str::to_owned);
        let (sha256, accounts) = ("0123456789abcdef".to_owned(), [a.clone()]);
        for (event, line) in [
            (applied(&[a, b.clone()], &[]), "configuration applied: added a, b"),
            (applied(&accounts, &[b]), "configuration applied: added a; held back b"),
            (EventJson::Kept { sha256: sha256.clone(), accounts: &accounts }, "version 0123456789ab kept: a"),
            (
                EventJson::RolledBack { sha256, accounts: &accounts, reason: "it trapped\nthrice" },
                "version 0123456789ab rolled back: a: it trapped\\nthrice",
            ),
            (
                EventJson::Refused { code: "config.invalid", reason: "x.toml:1:1: no" },
                "configuration refused, nothing changed: x.toml:1:1: no (config.invalid)",
            ),
            (
                EventJson::Refused { code: "config.invalid", reason: "x.toml:1:1: no\nx.toml:2:1: n\u{1b}o" },
                "configuration refused, nothing changed (config.invalid):\n  x.toml:1:1: no\n  x.toml:2:1: n\\u{1b}o",
            ),
            (
                EventJson::AccountFailed {
                    account: "a",
                    code: "config.invalid",
                    reason: "x.toml:1:1: no",
                    serves: true,
                },
                "a keeps its configuration: x.toml:1:1: no (config.invalid)",
            ),
            (
                EventJson::AccountFailed {
                    account: "a",
                    code: "config.invalid",
                    reason: "x.toml:1:1: no",
                    serves: false,
                },
                "a does not serve: x.toml:1:1: no (config.invalid)",
            ),
            (EventJson::AccountMended { account: "a" }, "a is fixed"),
            (EventJson::Mended, "configuration fixed: nothing is refused any more"),
            (EventJson::Missed { events: 3 }, "events missed: 3"),
        ] {
            assert_eq!(event.line(), line);
        }
    }

    #[test]
    fn an_event_is_a_document_with_its_name_first() {
        let refused = Event::Refused { code: "config.invalid", reason: "no".to_owned() };
        let text = serde_json::to_string(&EventJson::of(&refused)).unwrap();
        assert_eq!(text, r#"{"event":"refused","code":"config.invalid","reason":"no"}"#);
        assert_eq!(
            json!(applied(&["a".to_owned()], &[])),
            json!({
                "event": "applied", "added": ["a"], "removed": [], "reconfigured": [], "swapped": [], "held-back": [], "failed": []
            })
        );
        assert_eq!(json!(EventJson::of(&Event::Mended)), json!({"event": "mended"}));
        assert_eq!(json!(EventJson::of(&Event::Missed(3))), json!({"event": "missed", "events": 3}));
        let rolled_back = EventJson::RolledBack { sha256: "01".to_owned(), accounts: &[], reason: "no" };
        assert_eq!(json!(rolled_back), json!({"event": "rolled-back", "sha256": "01", "accounts": [], "reason": "no"}));
    }
}
