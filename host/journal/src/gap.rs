//! Gaps: times of which the journal has no record, because it was restored or repaired.
//!
//! A restored journal knows nothing of writes sent since its copy was made. While such a gap is open, an order that it does
//! not know is sent only if it is proven to be younger than the gap.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use stockbridge_model::{Reference, Timestamp};

/// A time of which the journal has no record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Gap {
    /// Epoch of the journal that began with the gap: 1 for the first gap.
    pub epoch: u32,
    /// Start of the gap, as far as that is known.
    pub from: Timestamp,
    /// Time of the restore: an order made later cannot have been sent in the gap.
    pub until: Timestamp,
    /// Cause of the gap.
    pub why: GapCause,
    /// Closures by operators, with the accounts that they hold for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<GapClosure>,
}

/// Cause of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GapCause {
    /// A backup was put in the journal's place.
    Backup,
    /// An older copy was put in place of the latest: the witness beside it has seen a later one.
    OlderCopy,
    /// The witness beside it is missing, though it was in use before: it may not be the latest copy.
    NoWitness,
    /// The witness beside it belongs to another journal.
    OtherWitness,
    /// It was repaired from a damaged journal.
    Repair,
}

/// An operator's statement that the time of a gap was compared with the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct GapClosure {
    /// The account that it holds for; none: all accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Name of the operator.
    pub by: String,
    /// How it is known.
    pub note: String,
    /// Time of the statement.
    pub at: Timestamp,
}

impl Gap {
    /// Whether the gap still blocks orders of this account.
    #[must_use]
    pub fn is_open_for(&self, account: &str) -> bool {
        !self.closed.iter().any(|closure| closure.account.as_deref().is_none_or(|closed| closed == account))
    }

    /// Whether it is closed for all accounts.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.iter().any(|closure| closure.account.is_none())
    }

    /// Whether an order is proven to have been made after the gap: by the time in its reference, or by its maker's statement.
    pub fn is_before(&self, reference: &Reference, ordered_at: Option<Timestamp>) -> bool {
        let made = ordered_at.into_iter().chain(minted(reference)).min();
        made.is_some_and(|made| made > self.until)
    }
}

/// Time at which a reference was made, where it contains it: a UUID of version 7.
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

/// An operator's statement that the time of a gap was compared with the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClosedGap {
    /// The account that it holds for; none: all accounts.
    pub account: Option<String>,
    /// Name of the operator.
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
