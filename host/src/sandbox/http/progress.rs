//! Progress of a call's requests, and the recorder of its write.

use std::time::Duration;

use stockbridge_egress::transport::Progress;
use stockbridge_journal::Entry;

use super::exchange::ExchangeObserved;
use crate::error::{Error, ErrorKind};

/// Recorder of a call's write.
pub(crate) enum Recorder {
    /// The journal, which records the intent before the first byte leaves.
    Journal(Box<Entry>),
    /// Nothing is recorded or sent: a component shows what it would send. The duration is the write's send window.
    Rehearsal(Duration),
}

/// Progress of the request that carries a call's write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum WriteProgress {
    /// There was no such request.
    #[default]
    None,
    /// No byte of it left.
    NothingSent,
    /// It may have reached the provider, and got no answer.
    Unanswered,
    /// The provider answered, with this HTTP status.
    Answered(u16),
}

impl WriteProgress {
    /// Whether any byte of the write may have left. This decides its outcome, and is recorded as the reason.
    pub(crate) fn may_have_left(self) -> bool {
        matches!(self, WriteProgress::Unanswered | WriteProgress::Answered(_))
    }
}

/// Why a request came too late to be sent: nothing of it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// Too little of the call's time was left to begin.
    TooLittleTime { left: Duration, least: Duration },
    /// The write's send window was over.
    WindowOver { window: Duration },
}

impl Late {
    /// The error of the call, for this account.
    pub(crate) fn error(self, account: &str) -> Error {
        let account = account.to_owned();
        match self {
            Late::TooLittleTime { left, least } => ErrorKind::TooLate { account, left, least }.into(),
            Late::WindowOver { window } => ErrorKind::WindowOver { account, window }.into(),
        }
    }
}

/// State of a call's requests so far.
#[derive(Default)]
pub(crate) struct HttpState {
    pub(super) write: WriteProgress,
    /// Recorder of the call's write; none for a call without one.
    pub(super) recorder: Option<Recorder>,
    /// The transport's progress of the request that carries the write, if it stays valid after the request was given up.
    pub(super) carried: Option<Progress>,
    /// Whether the latest request was answered.
    pub(super) answered: bool,
    /// Further observations of the latest request.
    pub(super) observed: ExchangeObserved,
    /// Why the latest request was not sent, if it came too late.
    pub(super) late: Option<Late>,
    pub(super) requests: u32,
    pub(super) refusals: u32,
}

/// Report on the requests of a finished call.
#[derive(Default)]
pub(crate) struct HttpReport {
    pub(crate) write: WriteProgress,
    /// Recorder of the call's write.
    pub(crate) recorder: Option<Recorder>,
    /// Whether its latest request was answered, so that a rate limit reported by the connector comes from the provider.
    pub(crate) answered: bool,
    /// Further observations of that request.
    pub(crate) observed: ExchangeObserved,
    /// Why its latest request was not sent, if it came too late: the connector has no better reason for its failure.
    pub(crate) late: Option<Late>,
}

impl HttpState {
    /// State of a new call, with the recorder of its write, if it has one.
    pub(crate) fn recorded_by(recorder: Option<Recorder>) -> HttpState {
        HttpState { recorder, ..HttpState::default() }
    }

    /// Report at the end of the call, including the transport's progress of a request that was given up.
    pub(crate) fn report(self) -> HttpReport {
        let write = match (self.write, &self.carried) {
            (WriteProgress::Unanswered, Some(carried)) if !carried.may_have_sent() => WriteProgress::NothingSent,
            (write, _) => write,
        };
        let HttpState { recorder, answered, observed, late, .. } = self;
        HttpReport { write, recorder, answered, observed, late }
    }
}
