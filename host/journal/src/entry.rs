//! A write that a task is working on: its intent is durable before its first byte leaves, and its outcome before anybody
//! gets it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge_model::{Digest, Failure, Outcome, Receipt, Repetition, Resolution, SendWindow, WriteId};

use super::age::{Age, Stamp};
use super::gap::Gap;
use super::keyed_lock::Claim;
use super::messages::{
    failed_repeat, in_a_gap, interrupted, look_up_result, not_found_by_blind, not_found_without_window,
};
use super::plan::{self, AttemptFeedback};
use super::record::{Evidence, Intent, Next, RetryTerms, SendLimit, State, WriteEvent, WriteEventKind, WriteStatus};
use super::record::{Extent, Recorded};
use super::schedule::LONGEST;
use super::store::StoreError;
use super::story;
use super::{Failpoint, Journal, MayLeave, WireAnswer, WireRequest};
use crate::application::Membership;
use crate::error::JournalError;
use crate::refusal::{AttemptFailure, Ending, WriteRefusal};

/// Timeout for making the end of a write durable. The change stays owed after that.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// Delay before a failed recording is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// A write in the hands of one task.
pub struct Entry {
    journal: Arc<Journal>,
    intent: Arc<Intent>,
    /// Retry terms of the current sending.
    terms: RetryTerms,
    /// Version of the connector that sends it.
    connector: Digest,
    /// None until its intent is to be recorded.
    recorded: Option<Recorded>,
    /// Events since the last durable change.
    story: Vec<WriteEvent>,
    /// Whether it was sent before with an unknown outcome.
    open: bool,
    /// Whether no byte of this task's sending can leave once the task has ended.
    sending_is_over: bool,
    /// Reason why it must not be sent again.
    refused: Option<String>,
    /// Reason why its intent is not known to be durable.
    trouble: Option<StoreError>,
    /// The age until which it was needed before this intent, which may fail; none unless the intent reopens it.
    reopens: Option<Age>,
    /// The account's membership of its application, where the journal may lack its links.
    membership: Option<Arc<Membership>>,
    claim: Arc<Claim>,
}

impl Entry {
    pub(super) fn new(
        journal: Arc<Journal>,
        claim: Claim,
        intent: Arc<Intent>,
        terms: RetryTerms,
        connector: Digest,
        recorded: Option<Recorded>,
    ) -> Entry {
        let open = recorded.as_ref().is_some_and(|recorded| recorded.status.state.is_open());
        Entry {
            journal,
            intent,
            terms,
            connector,
            recorded,
            story: Vec::new(),
            open,
            sending_is_over: false,
            refused: None,
            trouble: None,
            reopens: None,
            membership: None,
            claim: Arc::new(claim),
        }
    }

    /// Sets the account that sends it.
    pub(super) fn with_membership(mut self, membership: Arc<Membership>) -> Entry {
        self.membership = Some(membership);
        self
    }

    /// An entry for a write that the journal already has.
    pub(super) fn existing(
        journal: &Arc<Journal>,
        claim: Claim,
        id: WriteId,
        intent: Intent,
        mut status: WriteStatus,
    ) -> Entry {
        let (terms, connector) = (status.terms.clone(), status.connector);
        // An earlier version did not record the end of a sending, and promised no window.
        if matches!(status.state, State::Sending) {
            status.send_limit.get_or_insert(SendLimit::Unbounded);
        }
        let recorded = Recorded { id, status, intent: true };
        Entry::new(journal.clone(), claim, Arc::new(intent), terms, connector, Some(recorded))
    }

    /// Releases the write without doing anything about it now.
    pub(super) fn release(mut self) {
        self.recorded = None;
    }

    /// Sets the version of the connector that sends it.
    pub fn by(mut self: Box<Self>, connector: &Digest) -> Box<Entry> {
        self.connector = *connector;
        self
    }

    /// The order.
    pub fn intent(&self) -> &Arc<Intent> {
        &self.intent
    }

    /// The provider's methods that send it.
    pub fn methods(&self) -> &[String] {
        &self.terms.methods
    }

    /// Makes the intent to send it durable, under this key, and returns the window in which it may leave. `promised`: whether
    /// the transport keeps send windows.
    ///
    /// # Errors
    /// It is not certain to be durable, or the provider would take it for another write: it must not be sent.
    pub async fn intend(&mut self, key: Option<String>, promised: bool) -> Result<SendWindow, String> {
        if self.open && self.recorded.as_ref().is_some_and(|recorded| recorded.status.key != key) {
            let other = "the connector would send it under another key than before, and so a second time";
            self.refused = Some(other.to_owned());
            return Err(other.to_owned());
        }
        let moment = self.journal.clock.moment();
        let (now, age) = (moment.wall, self.journal.stamp().age);
        let connector = self.connector;
        self.push_event(WriteEventKind::Intended { connector, key: key.clone() });
        let before = self.recorded.take();
        self.reopens = before.as_ref().and_then(|before| before.status.needed_until());
        let (id, intent, before) = match before {
            // An ended write may be forgotten at any moment, and a change of an absent write does nothing.
            Some(Recorded { id, status, intent }) => (id, intent && self.open, Some(status)),
            None => (self.journal.next_id(), false, None),
        };
        // Only a sending of unknown outcome counts for the provider's window.
        let first = before.as_ref().filter(|_| self.open).map(|before| (before.first_sent, before.first_sent_boot));
        let (first_sent, first_sent_boot) = first.unwrap_or((now, moment.boot));
        let mut status = WriteStatus {
            state: State::Sending,
            terms: self.terms.clone(),
            connector,
            key,
            first_sent,
            last_sent: now,
            first_sent_boot,
            last_sent_boot: moment.boot,
            send_limit: None,
            sendings: before.as_ref().map_or(0, |before| before.sendings) + 1,
            // Look-ups before its end were of another sending.
            lookups: before.as_ref().filter(|_| self.open).map_or(0, |before| before.lookups),
            since: now,
            events: before.as_ref().map_or(0, |before| before.events),
            story: before.as_ref().map_or_else(Extent::default, |before| before.story),
            first_sent_age: before.as_ref().filter(|_| self.open).map_or(age, |before| before.first_sent_age),
            since_age: age,
            epoch: self.journal.epoch(),
        };
        // The window begins before anybody can read of the intent.
        let window = self.journal.send_window(&status, moment);
        let milliseconds = u64::try_from(window.length().as_millis()).unwrap_or(u64::MAX);
        status.send_limit = Some(if promised { SendLimit::Within(milliseconds) } else { SendLimit::Unbounded });
        self.sending_is_over = promised;
        let recorded = self.recorded.insert(Recorded { id, status, intent });
        let pending = self.story.clone();
        let before = (recorded.status.events, recorded.status.story);
        let stamp = self.journal.stamp();
        let change = story::change(recorded, &self.intent, &mut self.story, self.reopens, None, stamp);
        let mut change = change.map_err(|error| error.to_string())?;
        change.applications = self.membership.as_ref().map(|its| its.unrecorded()).unwrap_or_default();
        // Until the change is certain, the events stay pending, at the same places.
        let after = (recorded.status.events, recorded.status.story);
        (recorded.status.events, recorded.status.story) = before;
        self.story = pending;
        self.journal.at(Failpoint::Intending);
        // Until the change is certain: a call that ends during the wait leaves it so.
        self.trouble = Some(StoreError::MayBeCommitted("the call ended while its intent was recorded".to_owned()));
        self.journal.shares.add(&self.intent.account, &change);
        let done = self.journal.store().commit(change).await;
        if !matches!(done, Err(StoreError::NotCommitted(_))) {
            self.membership.iter().for_each(|its| its.is_recorded());
        }
        self.trouble = done.clone().err();
        done.map_err(|error| format!("the journal did not record it ({error})"))?;
        if let Some(recorded) = &mut self.recorded {
            recorded.intent = true;
            (recorded.status.events, recorded.status.story) = after;
        }
        (self.reopens, self.story) = (None, Vec::new());
        self.journal.at(Failpoint::Intended);
        Ok(window)
    }

    /// Time in which its first byte has to leave, where it was sent before with an unknown outcome.
    pub fn send_window_left(&self) -> Option<Duration> {
        let recorded = self.recorded.as_ref().filter(|_| self.open)?;
        Some(plan::repeat_left(&recorded.status, self.journal.clock.moment()))
    }

    /// Whether no sending of unknown outcome came before this one.
    pub fn is_first_sending(&self) -> bool {
        !self.open
    }

    /// Records a request of its call that is about to be sent.
    pub fn requested(&mut self, request: WireRequest) {
        self.push_event(WriteEventKind::Requested(Box::new(request)));
    }

    /// Records the answer to a request. `is_over`: whether the transport has finished with the request.
    pub fn answered(&mut self, answer: WireAnswer, carried_write: bool, is_over: bool) {
        self.sending_is_over |= carried_write && is_over;
        let sent = !matches!(answer, WireAnswer::Nothing { sent: false, .. });
        self.push_event(WriteEventKind::Answered(Box::new(answer)));
        if carried_write && sent {
            self.journal.at(Failpoint::Answered);
        }
    }

    /// Records its outcome; returns what the caller may get. `may_have_left`: whether any byte of it may have left this time.
    pub async fn ended(mut self, result: Result<&Receipt, (Outcome, AttemptFailure)>, may_have_left: bool) -> Ending {
        let Some(mut recorded) = self.recorded.take() else {
            // No request that carries it was begun: there is nothing to lose.
            return Ending::AsReported;
        };
        if let Some(trouble) = self.trouble.take() {
            return Ending::Refused(self.not_recorded(recorded, trouble).await);
        }
        let not_applied = matches!(result, Err((Outcome::NotApplied, _)));
        let state = self.state_after(result, may_have_left, &recorded.status);
        self.set_state(&mut recorded.status, state);
        self.journal.at(Failpoint::Ending);
        let durable = self.change(recorded).await;
        self.journal.at(Failpoint::Ended);
        match durable {
            // Sent before, by this call or another: not being sent this time says nothing about then.
            _ if not_applied && self.open => Ending::Unknown,
            // A restart would find it as unknown, and might send it again.
            Err(error) if not_applied => {
                let unwritable = JournalError::Unwritable { reason: error.to_string() };
                Ending::Refused(WriteRefusal::new(Outcome::Unknown, unwritable))
            }
            _ => Ending::AsReported,
        }
    }

    /// Handles an intent that is not known to be durable, so that the write was not sent.
    async fn not_recorded(mut self, mut recorded: Recorded, trouble: StoreError) -> WriteRefusal {
        let unwritable = JournalError::Unwritable { reason: trouble.to_string() };
        // A write that is still open stays as it was recorded before: this sending never was.
        let certain = !matches!(trouble, StoreError::MayBeCommitted(_));
        if certain {
            // Its status and plan are unchanged.
            if self.open {
                self.journal.schedule.look_again(recorded.id, RETRY_DELAY);
            }
            return WriteRefusal::new(if self.open { Outcome::Unknown } else { Outcome::NotApplied }, unwritable);
        }
        // Recorded as if the intent existed: if it does not, there is nothing to end, and the order must not be recorded anew.
        recorded.intent = true;
        let failure = Failure::from(&unwritable);
        let state = if self.open {
            State::Unknown { failure, next: self.next(&recorded.status, AttemptFeedback::default()) }
        } else {
            State::NotApplied { failure, by: Evidence::NothingSent }
        };
        self.set_state(&mut recorded.status, state);
        let durable = self.change(recorded).await;
        let outcome = if self.open || durable.is_err() { Outcome::Unknown } else { Outcome::NotApplied };
        WriteRefusal::new(outcome, unwritable)
    }

    fn state_after(
        &self,
        result: Result<&Receipt, (Outcome, AttemptFailure)>,
        may_have_left: bool,
        status: &WriteStatus,
    ) -> State {
        let repeated = self.open;
        match result {
            Ok(receipt) => {
                let by = if repeated { Evidence::Repeat } else { Evidence::Answer };
                State::Applied { receipt: receipt.clone(), by }
            }
            Err((Outcome::NotApplied, AttemptFailure { failure, .. })) if !repeated => {
                let by = if may_have_left { Evidence::Answer } else { Evidence::NothingSent };
                State::NotApplied { failure, by }
            }
            // Refusal of a repeat does not prove that the first sending was not accepted.
            Err((_, AttemptFailure { failure, retry_after })) => {
                let repeat_failed = repeated && may_have_left && !plan::is_transient(failure.class);
                let refused = self.refused.clone().or_else(|| repeat_failed.then(|| failed_repeat(&failure)));
                let wait = retry_after.map(|wait| wait.min(LONGEST));
                let feedback = AttemptFeedback { wait, refused: refused.as_deref(), advice: None };
                let next = self.next(status, feedback);
                State::Unknown { failure, next }
            }
        }
    }

    /// Records the result of the connector's look-up.
    pub async fn looked_up(mut self, found: Result<Resolution, AttemptFailure>) -> Result<(), StoreError> {
        let Some(mut recorded) = self.recorded.take() else { return Ok(()) };
        recorded.status.lookups += 1;
        self.push_event(WriteEventKind::LookedUp { found: look_up_result(&found) });
        let failure = match &recorded.status.state {
            State::Unknown { failure, .. } => failure.clone(),
            _ => interrupted(),
        };
        let state = match found {
            Ok(Resolution::Applied(receipt)) => State::Applied { receipt, by: Evidence::LookUp },
            // Not finding a write proves nothing if its connector never promised that it could be found.
            Ok(Resolution::NotApplied(checked)) if recorded.status.terms.repetition == Repetition::Blind => {
                self.manual_review(&recorded.status, failure, &not_found_by_blind(&checked))
            }
            Ok(Resolution::NotApplied(checked)) => match self.journal.may_leave(&recorded.status) {
                MayLeave::NoMore => {
                    let failure = Failure::new("write.not-applied", failure.class, checked);
                    State::NotApplied { failure, by: Evidence::LookUp }
                }
                // The host that sent it may still exist, stopped or suspended.
                MayLeave::For(left) => self.too_early(&recorded.status, failure, left),
                MayLeave::Always => self.manual_review(&recorded.status, failure, &not_found_without_window(&checked)),
            },
            Ok(Resolution::TooEarly(wait)) => self.too_early(&recorded.status, failure, wait),
            Ok(Resolution::CannotTell(advice)) => self.manual_review(&recorded.status, failure, &advice),
            Err(AttemptFailure { failure: failed, retry_after }) => {
                // Whether the provider can tell is unknown before the first look-up.
                let traceable = matches!(recorded.status.terms.repetition, Repetition::Traceable(_));
                let retry = traceable
                    || (plan::is_transient(failed.class) && recorded.status.lookups < plan::MAX_FAILED_LOOKUPS);
                let advice = (!retry).then_some(failed.message);
                let wait = retry_after.map(plan::bounded_delay);
                let feedback = AttemptFeedback { wait, advice: advice.as_deref(), refused: None };
                State::Unknown { failure, next: self.next(&recorded.status, feedback) }
            }
        };
        self.set_state(&mut recorded.status, state);
        self.change(recorded).await
    }

    /// Records that it may have been sent in a gap of the journal; it is never sent again, but looked up or left to an
    /// operator.
    pub(super) async fn may_have_been_sent_in(mut self, gap: &Gap) -> Result<(), StoreError> {
        let Stamp { at, age } = self.journal.stamp();
        let failure = in_a_gap(gap);
        let before = self.recorded.take();
        self.reopens = before.as_ref().and_then(|before| before.status.needed_until());
        // The terms of that sending are unknown, so nothing is repeated by them. A look-up may still find it.
        let repetition = match self.terms.repetition {
            Repetition::Traceable(window) => Repetition::Traceable(window),
            Repetition::Deduplicated(_) | Repetition::Blind => Repetition::Blind,
        };
        let (id, intent, before) = match before {
            Some(Recorded { id, status, intent }) => (id, intent && self.open, Some(status)),
            None => (self.journal.next_id(), false, None),
        };
        let status = WriteStatus {
            state: State::Sending,
            terms: RetryTerms { repetition, ..self.terms.clone() },
            connector: self.connector,
            key: before.as_ref().and_then(|before| before.key.clone()),
            first_sent: before.as_ref().map_or(gap.from, |before| before.first_sent.min(gap.from)),
            last_sent: gap.until,
            first_sent_boot: None,
            last_sent_boot: None,
            // Its sender has ended: the journal was restored since.
            send_limit: Some(SendLimit::Over),
            sendings: before.as_ref().map_or(0, |before| before.sendings),
            lookups: 0,
            since: at,
            events: before.as_ref().map_or(0, |before| before.events),
            story: before.as_ref().map_or_else(Extent::default, |before| before.story),
            first_sent_age: age,
            since_age: age,
            epoch: self.journal.epoch(),
        };
        let mut recorded = Recorded { id, status, intent };
        self.set_state(&mut recorded.status, State::Unknown { failure, next: Next::LookUp { at } });
        self.change(recorded).await
    }

    /// Next step after a look-up that came too early.
    fn too_early(&self, status: &WriteStatus, failure: Failure, wait: Duration) -> State {
        let feedback = AttemptFeedback { wait: Some(plan::bounded_delay(wait)), ..AttemptFeedback::default() };
        State::Unknown { failure, next: self.next(status, feedback) }
    }

    /// Next step where the outcome cannot be found out: an operator checks what `advice` says.
    fn manual_review(&self, status: &WriteStatus, failure: Failure, advice: &str) -> State {
        let feedback = AttemptFeedback { advice: Some(advice), ..AttemptFeedback::default() };
        State::Unknown { failure, next: self.next(status, feedback) }
    }

    /// Records an operator's settlement, or a changed plan of the host.
    pub(super) async fn become_state(mut self, state: State) -> Result<WriteStatus, StoreError> {
        let Some(mut recorded) = self.recorded.take() else { return Err(StoreError::Closed) };
        // If it had ended before, it leaves the list of ended writes.
        self.reopens = recorded.status.needed_until();
        self.set_state(&mut recorded.status, state);
        let status = recorded.status.clone();
        self.change(recorded).await.map(|()| status)
    }

    fn next(&self, status: &WriteStatus, feedback: AttemptFeedback<'_>) -> Next {
        plan::next(status, self.journal.clock.moment(), self.journal.waits, feedback)
    }

    fn set_state(&mut self, status: &mut WriteStatus, state: State) {
        match &state {
            State::Sending => {}
            State::Unknown { failure, next } => {
                // Reported once, and not again with each plan.
                let known = matches!(&status.state, State::Unknown { failure: before, .. } if before == failure);
                if !known {
                    self.push_event(WriteEventKind::Unknown { failure: failure.clone() });
                }
                self.push_event(WriteEventKind::Planned { next: next.clone() });
            }
            State::Applied { by: Evidence::Operator { by, note }, receipt } => {
                let (by, note, document) = (by.clone(), note.clone(), receipt.document.clone());
                self.push_event(WriteEventKind::Settled { applied: true, by, note, document });
            }
            State::NotApplied { by: Evidence::Operator { by, note }, .. } => {
                let (by, note) = (by.clone(), note.clone());
                self.push_event(WriteEventKind::Settled { applied: false, by, note, document: None });
            }
            State::Applied { receipt, .. } => self.push_event(WriteEventKind::Applied { receipt: receipt.clone() }),
            State::NotApplied { failure, .. } => self.push_event(WriteEventKind::Rejected { failure: failure.clone() }),
        }
        if self.sending_is_over {
            status.send_limit = Some(SendLimit::Over);
        }
        let stamp = self.journal.stamp();
        (status.since, status.since_age) = (stamp.at, stamp.age);
        // A new plan for a write that was already open says nothing about a gap in between.
        if !(status.state.is_open() && state.is_open()) {
            status.epoch = self.journal.epoch();
        }
        status.state = state;
    }

    fn push_event(&mut self, what: WriteEventKind) {
        self.story.push(WriteEvent { at: self.journal.now(), what });
    }

    /// Makes the pending events durable. If that exceeds its timeout, the change stays owed.
    async fn change(&mut self, mut recorded: Recorded) -> Result<(), StoreError> {
        let claim = Some(self.claim.clone());
        let stamp = self.journal.stamp();
        let mut change =
            story::change(&mut recorded, &self.intent, &mut self.story, self.reopens.take(), claim, stamp)?;
        change.applications = self.membership.as_ref().map(|its| its.unrecorded()).unwrap_or_default();
        self.journal.shares.add(&self.intent.account, &change);
        let committed = self.journal.store().commit(change);
        let timed_out = || StoreError::MayBeCommitted(format!("it took longer than {} s", END_TIMEOUT.as_secs()));
        let deadline = Instant::now() + END_TIMEOUT;
        let durable = tokio::time::timeout_at(deadline.into(), committed).await.unwrap_or_else(|_| Err(timed_out()));
        self.journal.on_change(recorded.id, &self.intent, &recorded.status);
        durable
    }
}

/// A task that ended early leaves the write for the host to look up.
impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(recorded) = self.recorded.take().filter(|recorded| recorded.status.state.is_open()) {
            self.journal.schedule.look_again(recorded.id, Duration::ZERO);
        }
    }
}
