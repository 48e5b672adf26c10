//! Gaps: times of which the journal has no record, since it was restored or repaired.
//!
//! A journal that was put back knows nothing of what was sent since its copy was made. While such a gap is open, an order
//! that it does not know goes out only where it is proven to be younger than the gap.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use stockbridge_model::{Reference, Timestamp};

/// A time of which the journal has no record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Gap {
    /// The epoch of the journal that began with it: 1 for the first gap.
    pub epoch: u32,
    /// From when on it has no record, as far as that is known.
    pub from: Timestamp,
    /// When it was put back: what was made later cannot have been sent before.
    pub until: Timestamp,
    /// Why there is a gap.
    pub why: GapCause,
    /// Who has compared since, and for which account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<GapClosure>,
}

/// Why a journal has a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GapCause {
    /// It is a backup that was put in the journal's place.
    Backup,
    /// It is an older copy than the one that was in use: the witness beside it knows of a later one.
    OlderCopy,
    /// There is no witness beside it, though it was in use before: nobody can tell whether it is the latest copy.
    NoWitness,
    /// The witness beside it is another journal's.
    OtherWitness,
    /// It was repaired from a damaged one.
    Repair,
}

/// A person's word that the time of a gap was compared with the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct GapClosure {
    /// The account that it holds for; all of them, where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Who.
    pub by: String,
    /// How it is known.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

impl Gap {
    /// Whether orders of this account are still held against it.
    #[must_use]
    pub fn is_open_for(&self, account: &str) -> bool {
        !self.closed.iter().any(|closure| closure.account.as_deref().is_none_or(|closed| closed == account))
    }

    /// Whether it is closed for all accounts.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.iter().any(|closure| closure.account.is_none())
    }

    /// Whether an order is proven to have been made after it: by the time in its reference, or by its maker's word.
    pub fn is_before(&self, reference: &Reference, ordered_at: Option<Timestamp>) -> bool {
        let made = ordered_at.into_iter().chain(minted(reference)).min();
        made.is_some_and(|made| made > self.until)
    }
}

/// When a reference was made, where it says so: a UUID of version 7.
fn minted(reference: &Reference) -> Option<Timestamp> {
    let uuid = Uuid::try_parse(reference.as_str()).ok().filter(|uuid| uuid.get_version_num() == 7)?;
    let (seconds, nanoseconds) = uuid.get_timestamp()?.to_unix();
    let milliseconds =
        i64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(i64::from(nanoseconds / 1_000_000))?;
    Some(Timestamp::from_millis(milliseconds))
}

impl fmt::Display for GapCause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            GapCause::Backup => "restored from a backup",
            GapCause::OlderCopy => "an older copy was put back",
            GapCause::NoWitness => "the witness beside it is missing, so that it may be an older copy",
            GapCause::OtherWitness => "the witness beside it is another journal's",
            GapCause::Repair => "repaired from a damaged journal",
        })
    }
}

/// A person's word that the time of a gap was compared with the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClosedGap {
    /// The account that it holds for; all of them, where none is named.
    pub account: Option<String>,
    /// Who says so.
    pub by: String,
    /// How it is known.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn gap() -> Gap {
        let until = Timestamp::now();
        Gap { epoch: 1, from: until.earlier(Duration::from_secs(60)), until, why: GapCause::Backup, closed: Vec::new() }
    }

    #[test]
    fn only_what_was_made_after_a_gap_is_younger_and_the_earlier_of_two_words_counts() {
        let gap = gap();
        let (before, after) = (gap.until.earlier(Duration::from_secs(1)), gap.until.later(Duration::from_secs(1)));
        let own: Reference = "order-12".parse().unwrap();
        assert!(
            !gap.is_before(&own, None) && !gap.is_before(&own, Some(before)) && !gap.is_before(&own, Some(gap.until))
        );
        assert!(gap.is_before(&own, Some(after)));
        std::thread::sleep(Duration::from_millis(2));
        let minted: Reference = Uuid::now_v7().to_string().parse().unwrap();
        assert!(gap.is_before(&minted, None));
        assert!(!gap.is_before(&minted, Some(before)), "its maker says that it is older");
        let old: Reference = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert!(!gap.is_before(&old, None) && !gap.is_before(&old, Some(after)), "its reference says that it is older");
    }

    #[test]
    fn a_gap_is_closed_for_an_account_or_for_all() {
        let mut gap = gap();
        let closure = |account: Option<&str>| GapClosure {
            account: account.map(str::to_owned),
            by: "ana".to_owned(),
            note: "compared".to_owned(),
            at: gap.until,
        };
        let (one, all) = (closure(Some("main")), closure(None));
        gap.closed.push(one);
        assert!(!gap.is_open_for("main") && gap.is_open_for("other") && !gap.is_closed());
        gap.closed.push(all);
        assert!(!gap.is_open_for("other") && gap.is_closed());
    }
}
