//! Opening of a journal: counts it, and detects whether the journal was put back.

use stockbridge_model::Timestamp;

use super::journal_file::JournalFile;
use super::tables::{Copy, Facts, Tables};
use super::witness::{Beside, Witness};
use crate::age::{Ageing, Stamp};
use crate::gap::{Gap, GapCause};
use crate::store::StoreError;
use crate::store::disk::Backing;
use crate::store::identity::JournalIdentity;

/// Facts about a journal as it is opened.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) identity: Option<JournalIdentity>,
    /// Whether it was newly created.
    pub(crate) made: bool,
    /// How often it was restored or repaired.
    pub(crate) epoch: u32,
    /// Stamp of its latest record.
    pub(crate) latest: Option<Stamp>,
    /// The times of which it has no record.
    pub(crate) gaps: Vec<Gap>,
    /// Whether the last of them was detected by this opening.
    pub(crate) was_put_back: bool,
}

/// Counts the opening, durably, and begins a new epoch if the journal was put back.
pub(super) fn begin(opened: &JournalFile, made: bool, now: Timestamp) -> Result<Opening, StoreError> {
    let identity = opened.identity();
    let (beside, changes) = match &opened.medium {
        Backing::File(file) => (Some(Witness::beside(file)), opened.last_change()),
        Backing::Disk(_) => (None, 0),
    };
    let unwitnessed = |error: std::io::Error| {
        StoreError::NotCommitted(format!("its witness, which reveals an older copy, cannot be written ({error})"))
    };
    if matches!(beside, Some(Beside::Nothing)) && opened.read(Tables::read_facts)?.openings == 0 {
        // A process that ends before its first opening is counted and witnessed must not leave a journal that looks like an
        // old one.
        opened.write_witness().map_err(unwitnessed)?;
    }
    let opening = opened.transaction(|tables| {
        let mut facts = tables.facts()?;
        let (latest, mut gaps) = (tables.stamp()?, tables.gaps()?);
        let gap = put_back(&facts, identity, beside, changes).map(|(why, from)| {
            facts.epoch += 1;
            let from = from.or(latest.map(|stamp| stamp.at)).unwrap_or(now);
            let until = latest.map_or(now, |stamp| stamp.at.max(now)).max(from);
            // A time in the future was recorded under a wrong clock: the start of the gap is unknown.
            let begun = identity.and_then(JournalIdentity::made).unwrap_or(now).min(now);
            let from = if from > now { begun } else { from };
            Gap { epoch: facts.epoch, from, until, why, closed: Vec::new() }
        });
        // Counts further than the journal that this one replaced, in case that one comes back.
        let before = match beside {
            Some(Beside::Witness(witness)) if Some(witness.journal) == identity => witness.openings,
            _ => 0,
        };
        (facts.openings, facts.copied) = (facts.openings.max(before) + 1, None);
        if let Some(gap) = &gap {
            tables.put_gap(gap)?;
        }
        tables.put_facts(&facts)?;
        tables.record_former()?;
        tables.put_stamp(Stamp { age: Ageing::since(latest, now).now(), at: now })?;
        let was_put_back = gap.is_some();
        gaps.extend(gap);
        Ok((Opening { identity, made, epoch: facts.epoch, latest, gaps, was_put_back }, facts.openings))
    });
    let (opening, openings) = opening?;
    opened.openings(openings);
    // Before anything is sent: from now on an earlier copy is recognised.
    opened.write_witness().map_err(unwitnessed)?;
    Ok(opening)
}

/// Why a journal counts as put back, if it does; and the start of its gap, where that is recorded.
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
        // Newly created, or converted from an earlier format, and opened for the first time.
        Beside::Nothing if facts.openings == 0 => None,
        Beside::Nothing | Beside::Unreadable => Some((GapCause::NoWitness, None)),
        Beside::Witness(witness) if Some(witness.journal) != identity => Some((GapCause::OtherWitness, None)),
        Beside::Witness(witness) if witness.openings > facts.openings || witness.changes > changes => {
            Some((GapCause::OlderCopy, None))
        }
        Beside::Witness(_) => None,
    }
}
