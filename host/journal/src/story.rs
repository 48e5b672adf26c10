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
const MAX_BYTES: u64 = 2 * 1024 * 1024;
/// Maximum size before whole events are omitted.
const MAX_BYTES_WITHOUT_BODIES: u64 = MAX_BYTES + 256 * 1024;

/// Maximum length of a shortened provider message, in bytes.
const MAX_MESSAGE: usize = 500;

/// Builds the store's change that brings a write to its current status, with its events since the last one.
pub(super) fn change(
    recorded: &mut Recorded,
    intent: &Intent,
    story: &mut Vec<WriteEvent>,
    reopens: Option<Age>,
    owed: Option<Arc<Claim>>,
    stamp: Stamp,
) -> Result<Change, StoreError> {
    let (id, status) = (recorded.id, &mut recorded.status);
    let record = |kind| Which { id, kind };
    let first_event = status.events;
    let mut events = Vec::with_capacity(story.len());
    for event in std::mem::take(story) {
        let place = record(Kind::Event(status.events));
        if let Some(event) = status.story.encode_next(event, |event| Ok(encode(place, event)?))? {
            status.events = status.events.saturating_add(1);
            events.push(event);
        }
    }
    let intent =
        if recorded.intent { None } else { Some((intent.name().key(), encode(record(Kind::Intent), intent)?)) };
    let (end, status) = (status.end(), encode(record(Kind::WriteStatus), status)?);
    Ok(Change { id, stamp, intent, applications: Vec::new(), status, events, first_event, reopens, end, owed })
}

impl Extent {
    /// Encodes the next event, shortened as far as the limit demands; none where it leaves no room.
    fn encode_next(
        &mut self,
        event: WriteEvent,
        encoded: impl Fn(&WriteEvent) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut bytes = encoded(&event)?;
        if self.with(&bytes) > MAX_BYTES {
            let (is_outcome, event) = (event.what.is_outcome(), event.shortened());
            let whole = std::mem::replace(&mut bytes, encoded(&event)?);
            let is_omitted = self.with(&bytes) > MAX_BYTES_WITHOUT_BODIES && !is_outcome;
            self.cut = self.cut.saturating_add(u32::from(is_omitted || bytes.len() < whole.len()));
            if is_omitted {
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
    fn is_outcome(&self) -> bool {
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
            WriteEventKind::Requested(request) => request.omit_body(),
            WriteEventKind::Answered(answer) => answer.omit_body(),
            WriteEventKind::Rejected { failure } | WriteEventKind::Unknown { failure } => {
                failure.message = one_line(&failure.message, MAX_MESSAGE);
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
            recorded += usize::from(extent.encode_next(look_up(), encoded).unwrap().is_some());
        }
        assert_eq!((recorded, extent.cut), (39, 61));
        let settled =
            WriteEventKind::Settled { applied: true, by: "who".into(), note: "y".repeat(4_000), document: None };
        assert!(extent.encode_next(event(settled), encoded).unwrap().is_some());
    }
}
