//! The story of a write: its recorded events, within a limit.
//!
//! A story grows with each request and each answer, and a connector that looks a write up again and again could make
//! one grow endlessly. Beyond its limit, bodies, headers and long messages are omitted, then events that say nothing about
//! the write's status; both are counted. A write's outcome is always recorded.

use std::sync::Arc;

use stockbridge_model::sanitize::one_line;

use super::age::{Age, Stamp};
use super::framed::{Kind, Which, encode};
use super::keyed_lock::Claim;
use super::record::{Extent, Recorded};
use super::record::{Intent, WriteEvent, WriteEventKind};
use super::store::{Change, StoreError};

/// Maximum size of a story, as recorded, in bytes, before bodies and headers are omitted.
const LONGEST: u64 = 2 * 1024 * 1024;
/// Maximum size before whole events are omitted.
const LONGEST_WITHOUT_BODIES: u64 = LONGEST + 256 * 1024;

/// Maximum length of a shortened provider message, in bytes.
const LONGEST_MESSAGE: usize = 500;

/// Builds the store's change that brings a write to its current status, with its events since the last one.
pub(super) fn change(
    recorded: &mut Recorded,
    intent: &Intent,
    story: &mut Vec<WriteEvent>,
    reopens: Option<Age>,
    owed: Option<Arc<Claim>>,
    stamp: Stamp,
) -> Result<Change, StoreError> {
    let (id, standing) = (recorded.id, &mut recorded.standing);
    let record = |kind| Which { id, kind };
    let first_event = standing.events;
    let mut events = Vec::with_capacity(story.len());
    for event in std::mem::take(story) {
        let place = record(Kind::Event(standing.events));
        if let Some(event) = standing.story.taken(event, |event| Ok(encode(place, event)?))? {
            standing.events = standing.events.saturating_add(1);
            events.push(event);
        }
    }
    let intent =
        if recorded.intent { None } else { Some((intent.name().key(), encode(record(Kind::Intent), intent)?)) };
    let (end, standing) = (standing.end(), encode(record(Kind::WriteStatus), standing)?);
    Ok(Change { id, stamp, intent, applications: Vec::new(), standing, events, first_event, reopens, end, owed })
}

impl Extent {
    /// Encodes the next event, shortened as far as the limit demands; none where it leaves no room.
    fn taken(
        &mut self,
        event: WriteEvent,
        encoded: impl Fn(&WriteEvent) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut bytes = encoded(&event)?;
        if self.with(&bytes) > LONGEST {
            let (tells_the_end, event) = (event.what.tells_the_end(), event.shortened());
            let whole = std::mem::replace(&mut bytes, encoded(&event)?);
            let is_left_out = self.with(&bytes) > LONGEST_WITHOUT_BODIES && !tells_the_end;
            self.cut = self.cut.saturating_add(u32::from(is_left_out || bytes.len() < whole.len()));
            if is_left_out {
                return Ok(None);
            }
        }
        self.bytes = self.with(&bytes);
        Ok(Some(bytes))
    }

    fn with(self, bytes: &[u8]) -> u64 {
        self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
    }
}

impl WriteEventKind {
    /// Whether an operator needs the event to know the write's outcome; such events are bounded in number.
    fn tells_the_end(&self) -> bool {
        use WriteEventKind::{Answered, Applied, Intended, LookedUp, Planned, Rejected, Requested, Settled, Unknown};
        match self {
            Intended { .. } | Applied { .. } | Rejected { .. } | Settled { .. } => true,
            Requested(_) | Answered(_) | Unknown { .. } | Planned { .. } | LookedUp { .. } => false,
        }
    }
}

impl WriteEvent {
    /// Shortens what may be long: drops headers and bodies, and all but the beginning of a provider's message, which the write's
    /// status keeps whole.
    fn shortened(mut self) -> WriteEvent {
        match &mut self.what {
            WriteEventKind::Requested(request) => request.leave_out_body(),
            WriteEventKind::Answered(answer) => answer.leave_out_body(),
            WriteEventKind::Rejected { failure } | WriteEventKind::Unknown { failure } => {
                failure.message = one_line(&failure.message, LONGEST_MESSAGE);
                failure.provider = None;
            }
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockbridge_model::Timestamp;

    fn event(what: WriteEventKind) -> WriteEvent {
        WriteEvent { at: Timestamp::from_millis(0), what }
    }

    #[test]
    fn a_story_is_cut_at_its_limit_and_its_end_is_told_all_the_same() {
        let mut extent = Extent::default();
        let encoded = |event: &WriteEvent| Ok(serde_json::to_vec(event).unwrap());
        let look_up = || event(WriteEventKind::LookedUp { found: "x".repeat(60_000) });
        let mut recorded = 0;
        for _ in 0..100 {
            recorded += usize::from(extent.taken(look_up(), encoded).unwrap().is_some());
        }
        assert_eq!((recorded, extent.cut), (39, 61));
        let settled =
            WriteEventKind::Settled { applied: true, by: "who".into(), note: "y".repeat(4_000), document: None };
        assert!(extent.taken(event(settled), encoded).unwrap().is_some());
    }
}
