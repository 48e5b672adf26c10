//! How far the requests of a call got, and who records its write.

use std::time::Duration;

use stockbridge_egress::transport::Progress;
use stockbridge_journal::Entry;

use super::exchange::ExchangeObserved;
use crate::error::{Error, ErrorKind};

/// Who records what a call does about a write.
pub(crate) enum Recorder {
    /// The journal, before the first byte leaves.
    Journal(Box<Entry>),
    /// No record: a component shows what it would send, and nothing leaves. The time is a write's send window.
    Rehearsal(Duration),
}

/// How far the request that carries a call's write got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum WriteProgress {
    /// There was none.
    #[default]
    None,
    /// No byte of it left.
    NothingSent,
    /// It may have reached the provider, and no answer came.
    Unanswered,
    /// The provider answered, with this HTTP status.
    Answered(u16),
}

impl WriteProgress {
    /// Whether any byte of the write may have left: what its outcome hangs on, and what is recorded as the reason.
    pub(crate) fn may_have_left(self) -> bool {
        matches!(self, WriteProgress::Unanswered | WriteProgress::Answered(_))
    }
}

/// Why a request of a call was not sent in time: nothing of it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// Too little of the call's time was left to begin it.
    TooLittleTime { left: Duration, least: Duration },
    /// The time in which the write might leave was over.
    WindowOver { window: Duration },
}

impl Late {
    /// What the call fails with, of this account.
    pub(crate) fn error(self, account: &str) -> Error {
        let account = account.to_owned();
        match self {
            Late::TooLittleTime { left, least } => ErrorKind::TooLate { account, left, least }.into(),
            Late::WindowOver { window } => ErrorKind::WindowOver { account, window }.into(),
        }
    }
}

/// What a call has sent so far.
#[derive(Default)]
pub(crate) struct HttpState {
    pub(super) write: WriteProgress,
    /// Who records the write that it is about; none of a call that is about none.
    pub(super) recorder: Option<Recorder>,
    /// What the transport says of the request that carries the write, if its word holds also where the request was given
    /// up.
    pub(super) carried: Option<Progress>,
    /// Whether the latest request was answered.
    pub(super) answered: bool,
    /// What was seen of it besides.
    pub(super) observed: ExchangeObserved,
    /// Why the latest request was not sent, where it came too late.
    pub(super) late: Option<Late>,
    pub(super) requests: u32,
    pub(super) refusals: u32,
}

/// What is known of a call's requests when it has ended.
#[derive(Default)]
pub(crate) struct HttpReport {
    pub(crate) write: WriteProgress,
    /// Who records the write that it was about.
    pub(crate) recorder: Option<Recorder>,
    /// Whether its latest request was answered, so that what the connector says of limits is the provider's word.
    pub(crate) answered: bool,
    /// What was seen of that request besides.
    pub(crate) observed: ExchangeObserved,
    /// Why its latest request was not sent, where it came too late: the connector has no better reason for its failure.
    pub(crate) late: Option<Late>,
}

impl HttpState {
    /// Of a call whose write is recorded by this, if it has one.
    pub(crate) fn recorded_by(recorder: Option<Recorder>) -> HttpState {
        HttpState { recorder, ..HttpState::default() }
    }

    /// What is known at the end of the call, with what the transport knows of a request that was given up.
    pub(crate) fn report(self) -> HttpReport {
        let write = match (self.write, &self.carried) {
            (WriteProgress::Unanswered, Some(carried)) if !carried.may_have_sent() => WriteProgress::NothingSent,
            (write, _) => write,
        };
        let HttpState { recorder, answered, observed, late, .. } = self;
        HttpReport { write, recorder, answered, observed, late }
    }
}
