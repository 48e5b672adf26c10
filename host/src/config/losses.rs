//! What a configuration takes away: all that the one in force has and it has not. A file that was cut while somebody saved it
//! looks like one, so a file that takes anything away is not taken over at once: see [`crate::Host::watch`].

use std::collections::BTreeMap;

use stockbridge_egress::{AddressKind, GrantSpec};

use super::{AccountConfig, Config, Written};
use crate::config::TrustedKey;
use crate::config::named_limit::NamedLimit;

/// What the next configuration takes away, by field and in the order of the names. Empty where it takes nothing.
pub(crate) fn losses(in_force: &Config, next: &Config) -> Vec<String> {
    let mut lost = Vec::new();
    let accounts: BTreeMap<&str, &AccountConfig> =
        next.accounts.iter().map(|account| (account.name.as_str(), account)).collect();
    let mut before: Vec<&AccountConfig> = in_force.accounts.iter().collect();
    before.sort_by(|one, other| one.name.cmp(&other.name));
    for account in before {
        let at = format!("accounts.{}", account.name);
        match accounts.get(account.name.as_str()) {
            None => lost.push(at),
            // What is wrong with it is not taken over, so nothing of it is.
            Some(next) if !next.mistakes.is_empty() => {}
            Some(next) => of_account(&at, account, next, &mut lost),
        }
    }
    of_places(in_force, next, &mut lost);
    keys("signed-by", &in_force.signed_by, &next.signed_by, &mut lost);
    lost.extend((in_force.require_vectors && !next.require_vectors).then(|| "require-vectors".to_owned()));
    lost.extend((in_force.tolerate_accounts && !next.tolerate_accounts).then(|| "tolerate".to_owned()));
    // A figure of which digits may be missing takes away what it was, unless it was read like this before.
    let read_before =
        |written: &&Written| in_force.written.as_ref().is_some_and(|before| before.digest == written.digest);
    let written = next.written.as_ref().filter(|written| !read_before(written));
    lost.extend(written.and_then(|written| written.open_figure.clone()));
    lost.dedup();
    lost
}

/// The cache and the journal. What is left of one says the same as before, or takes its limits away.
fn of_places(in_force: &Config, next: &Config, lost: &mut Vec<String>) {
    match (&in_force.cache, &next.cache) {
        (Some(_), None) => lost.push("cache".to_owned()),
        (Some(before), Some(after)) => {
            let default = super::CacheConfig::new("");
            let gone = |before: u64, after: u64, default: u64| before != default && after == default;
            lost.extend(gone(before.size, after.size, default.size).then(|| "cache.size-mib".to_owned()));
            let days = gone(before.unused.as_secs(), after.unused.as_secs(), default.unused.as_secs());
            lost.extend(days.then(|| "cache.unused-days".to_owned()));
        }
        (None, _) => {}
    }
    match (&in_force.journal, &next.journal) {
        (Some(_), None) => lost.push("journal".to_owned()),
        (Some(before), Some(after)) => {
            let default = super::JournalConfig::KEPT;
            let gone = before.kept_for() != default && after.kept_for() == default;
            lost.extend(gone.then(|| "journal.keep-days".to_owned()));
            let gone = before.is_required() && !after.is_required();
            lost.extend(gone.then(|| "journal.must-exist".to_owned()));
        }
        (None, _) => {}
    }
}

fn of_account(at: &str, before: &AccountConfig, after: &AccountConfig, lost: &mut Vec<String>) {
    lost.extend((before.sha256.is_some() && after.sha256.is_none()).then(|| format!("{at}.sha256")));
    keys(&format!("{at}.signed-by"), &before.signed_by, &after.signed_by, lost);
    if let Some(name) = &before.application {
        let is_less = after.application.as_ref().is_none_or(|now| is_beginning(now.as_bytes(), name.as_bytes()));
        lost.extend(is_less.then(|| format!("{at}.application")));
    }
    for grant in &before.allow {
        match after.allow.iter().find(|kept| kept.origin() == grant.origin()) {
            None => lost.push(format!("{at}.allow {}", grant.origin())),
            Some(kept) => {
                lost.extend(fewer_reads(grant, kept).then(|| format!("{at}.allow {} (reads)", grant.origin())));
                let kinds = kinds(grant).filter(|kind| !self::kinds(kept).any(|kept| kept == *kind));
                lost.extend(kinds.map(|kind| format!("{at}.allow {} ({})", grant.origin(), kind.name())));
            }
        }
    }
    for (name, value) in before.settings.iter() {
        let is_less = after.settings.get(name).is_none_or(|now| is_beginning(now.as_bytes(), value.as_bytes()));
        lost.extend(is_less.then(|| format!("{at}.settings.{name}")));
    }
    for (name, value) in &before.secrets {
        let is_less = after.secrets.get(name).is_none_or(|now| is_beginning(now.expose(), value.expose()));
        lost.extend(is_less.then(|| format!("{at}.secrets.{name}")));
    }
    for (name, _) in before.captures.iter().filter(|(name, _)| !after.captures.contains_key(*name)) {
        lost.push(format!("{at}.secrets.{name}"));
    }
    if before.nat64.iter().any(|prefix| !after.nat64.contains(prefix)) && !lost.iter().any(|field| field == "nat64") {
        lost.push("nat64".to_owned());
    }
    // One that is written is there, though it says what holds without it.
    let is_written = |limit: &NamedLimit| after.states(&format!("limits.{}", limit.name));
    let is_gone =
        |limit: &&NamedLimit| limit.differs(&before.limits) && !limit.differs(&after.limits) && !is_written(limit);
    lost.extend(NamedLimit::ALL.iter().filter(is_gone).map(|limit| format!("{at}.limits.{}", limit.name)));
}

fn keys(field: &str, before: &[TrustedKey], after: &[TrustedKey], lost: &mut Vec<String>) {
    let gone = before.iter().filter(|key| !after.contains(key)).count();
    match gone {
        0 => {}
        all if all == before.len() && after.is_empty() => lost.push(field.to_owned()),
        gone => lost.push(format!("{field} ({gone} of {})", before.len())),
    }
}

/// Whether a grant lets less be read than before, or no longer says what.
fn fewer_reads(before: &GrantSpec, after: &GrantSpec) -> bool {
    before.read_rules().is_some_and(|reads| after.read_rules().is_none_or(|kept| !reads.is_subset(kept)))
}

/// The kinds of address that a grant reaches.
fn kinds(grant: &GrantSpec) -> impl Iterator<Item = AddressKind> {
    let kinds = grant.address_kinds().cloned().unwrap_or_else(|| [AddressKind::Public].into());
    kinds.into_iter()
}

/// Whether a value is the beginning of what it was: its own file may have been cut.
fn is_beginning(now: &[u8], before: &[u8]) -> bool {
    now.len() < before.len() && before.starts_with(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"
journal = { file = "j", keep-days = 30, must-exist = true }
cache = { directory = "c", size-mib = 100, unused-days = 7 }
signed-by = ["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"]
require-vectors = true
tolerate = "accounts"
[accounts.a]
connector = "a.wasm"
sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
signed-by = ["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"]
application = "main"
allow = ["https://one.example", { origin = "http://two.example", addresses = ["loopback", "private"] }]
settings.one = "1"
settings.two = { env = "TWO" }
secrets.key = { env = "KEY" }
limits.deadline-ms = 20000
limits.rows = 7
[accounts.b]
connector = "b.wasm"
"#;

    fn read(text: &str) -> Config {
        let value = |name: &str| Some(if name == "KEY" { "hunter2" } else { "two" }.to_owned());
        Config::from_toml(text, &value).unwrap()
    }

    fn without(line: &str) -> Vec<String> {
        assert!(FULL.contains(line), "{line}");
        losses(&read(FULL), &read(&FULL.replace(line, "")))
    }

    #[test]
    fn whatever_is_left_out_is_lost_under_its_name() {
        for (line, lost) in [
            ("journal = { file = \"j\", keep-days = 30, must-exist = true }", "journal"),
            (", must-exist = true", "journal.must-exist"),
            (", keep-days = 30", "journal.keep-days"),
            ("cache = { directory = \"c\", size-mib = 100, unused-days = 7 }", "cache"),
            (", size-mib = 100", "cache.size-mib"),
            (", unused-days = 7", "cache.unused-days"),
            ("require-vectors = true", "require-vectors"),
            ("tolerate = \"accounts\"", "tolerate"),
            ("[accounts.b]\nconnector = \"b.wasm\"\n", "accounts.b"),
            ("sha256 = \"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\"", "accounts.a.sha256"),
            ("application = \"main\"", "accounts.a.application"),
            ("\"https://one.example\", ", "accounts.a.allow https://one.example"),
            (
                ", { origin = \"http://two.example\", addresses = [\"loopback\", \"private\"] }",
                "accounts.a.allow http://two.example",
            ),
            (", \"private\"", "accounts.a.allow http://two.example (private)"),
            ("settings.one = \"1\"", "accounts.a.settings.one"),
            ("settings.two = { env = \"TWO\" }", "accounts.a.settings.two"),
            ("secrets.key = { env = \"KEY\" }", "accounts.a.secrets.key"),
            ("limits.deadline-ms = 20000", "accounts.a.limits.deadline-ms"),
            ("limits.rows = 7", "accounts.a.limits.rows"),
        ] {
            assert_eq!(without(line), [lost], "{line}");
        }
        let key = "signed-by = [\"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"]";
        assert_eq!(without(key), ["accounts.a.signed-by", "signed-by"]);
        assert_eq!(losses(&read(FULL), &read("[accounts]\n")).first().map(String::as_str), Some("accounts.a"));
    }

    #[test]
    fn what_is_added_or_changed_takes_nothing_away() {
        assert!(losses(&read(FULL), &read(FULL)).is_empty());
        assert!(losses(&read("[accounts]\n"), &read(FULL)).is_empty());
        for (before, after) in
            [("\"1\"", "\"2\""), ("= 20000", "= 10000"), ("= 20000", "= 30000"), ("a.wasm", "c.wasm"), ("2c26", "2c27")]
        {
            assert!(losses(&read(FULL), &read(&FULL.replace(before, after))).is_empty(), "{after}");
        }
    }

    #[test]
    fn a_value_that_has_become_its_own_beginning_is_lost() {
        let cut = |key: &'static str, two: &'static str| {
            let value = move |name: &str| Some(if name == "KEY" { key } else { two }.to_owned());
            losses(&read(FULL), &Config::from_toml(FULL, &value).unwrap())
        };
        assert_eq!(cut("hunt", "two"), ["accounts.a.secrets.key"]);
        assert_eq!(cut("hunter2", "t"), ["accounts.a.settings.two"]);
        assert!(cut("hunter3", "three").is_empty());
    }
}
