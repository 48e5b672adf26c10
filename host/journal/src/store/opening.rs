//! What a journal is as it is opened: which opening it is, and whether it was put back.

use stockbridge_model::Timestamp;

use super::StoreError;
use super::disk::Backing;
use super::identity::JournalIdentity;
use super::journal_file::JournalFile;
use super::tables::{Copy, Facts, Tables};
use super::witness::{Beside, Witness};
use crate::age::{Ageing, Stamp};
use crate::gap::{Gap, GapCause};

/// What is known of a journal as it is opened.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) identity: Option<JournalIdentity>,
    /// Whether it was not there before.
    pub(crate) made: bool,
    /// How often it was put back.
    pub(crate) epoch: u32,
    /// When its latest record was written.
    pub(crate) latest: Option<Stamp>,
    /// The times of which it has no record.
    pub(crate) gaps: Vec<Gap>,
    /// Whether the last of them was found just now.
    pub(crate) was_put_back: bool,
}

/// Counts the opening, durably, and begins a new epoch where the journal was put back.
pub(super) fn begin(opened: &JournalFile, made: bool, now: Timestamp) -> Result<Opening, StoreError> {
    let identity = opened.identity();
    let (beside, changes) = match &opened.medium {
        Backing::File(file) => (Some(Witness::beside(file)), opened.last_change()),
        Backing::Disk(_) => (None, 0),
    };
    let unwitnessed = |error: std::io::Error| {
        StoreError::NotCommitted(format!("its witness, which tells an older copy apart, cannot be written ({error})"))
    };
    if matches!(beside, Some(Beside::Nothing)) && opened.read(Tables::read_facts)?.openings == 0 {
        // Whoever ends before the first opening is counted and witnessed leaves no journal that seems to be an old one.
        opened.be_witnessed().map_err(unwitnessed)?;
    }
    let opening = opened.transaction(|tables| {
        let mut facts = tables.facts()?;
        let (latest, mut gaps) = (tables.stamp()?, tables.gaps()?);
        let gap = put_back(&facts, identity, beside, changes).map(|(why, from)| {
            facts.epoch += 1;
            let from = from.or(latest.map(|stamp| stamp.at)).unwrap_or(now);
            let until = latest.map_or(now, |stamp| stamp.at.max(now)).max(from);
            // A time that has not come was written under a wrong clock: nobody knows from when on.
            let begun = identity.and_then(JournalIdentity::made).unwrap_or(now).min(now);
            let from = if from > now { begun } else { from };
            Gap { epoch: facts.epoch, from, until, why, closed: Vec::new() }
        });
        // What was put back is later than what it took the place of, should that come back.
        let before = match beside {
            Some(Beside::Witness(witness)) if Some(witness.journal) == identity => witness.openings,
            _ => 0,
        };
        (facts.openings, facts.copied) = (facts.openings.max(before) + 1, None);
        if let Some(gap) = &gap {
            tables.put_gap(gap)?;
        }
        tables.put_facts(&facts)?;
        tables.know_former()?;
        tables.be_stamped(Stamp { age: Ageing::since(latest, now).now(), at: now })?;
        let was_put_back = gap.is_some();
        gaps.extend(gap);
        Ok((Opening { identity, made, epoch: facts.epoch, latest, gaps, was_put_back }, facts.openings))
    });
    let (opening, openings) = opening?;
    opened.openings(openings);
    // Before anything is sent: a copy of before this moment is known from now on.
    opened.be_witnessed().map_err(unwitnessed)?;
    Ok(opening)
}

/// Why a journal is taken for one that was put back, if it is; and from when on it knows nothing, where that is said.
fn put_back(
    facts: &Facts,
    identity: Option<JournalIdentity>,
    beside: Option<Beside>,
    changes: u64,
) -> Option<(GapCause, Option<Timestamp>)> {
    match facts.copied {
        Some(Copy::Backup { at }) => return Some((GapCause::Backup, Some(at))),
        Some(Copy::Repair { from }) => return Some((GapCause::Repair, Some(from))),
        None => {}
    }
    match beside? {
        // It was made, or read from an earlier format, and is opened for the first time.
        Beside::Nothing if facts.openings == 0 => None,
        Beside::Nothing | Beside::Unreadable => Some((GapCause::NoWitness, None)),
        Beside::Witness(witness) if Some(witness.journal) != identity => Some((GapCause::OtherWitness, None)),
        Beside::Witness(witness) if witness.openings > facts.openings || witness.changes > changes => {
            Some((GapCause::OlderCopy, None))
        }
        Beside::Witness(_) => None,
    }
}
