//! A write that a task is working on: its intent is made durable before its first byte leaves, and what came of it before
//! anybody is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge_model::{Digest, Failure, Outcome, Receipt, Repetition, Resolution, SendWindow, WriteId};

use super::age::{Age, Stamp};
use super::gap::Gap;
use super::keyed_lock::Claim;
use super::messages::{in_a_gap, in_vain, interrupted, look_up_result, unpromised, unseen};
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

/// How long the end of a write may take to become durable. It stays owed after that.
const ENDING: Duration = Duration::from_secs(10);

/// When what could not be recorded is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// A write in the hands of one task.
pub struct Entry {
    journal: Arc<Journal>,
    intent: Arc<Intent>,
    /// Under what terms it is sent now.
    terms: RetryTerms,
    /// The version of the connector that sends it.
    connector: String,
    /// None until its intent was to be recorded.
    recorded: Option<Recorded>,
    /// What happened since the last change that was made durable.
    story: Vec<WriteEvent>,
    /// Whether it was sent before, and nobody knows what came of that.
    open: bool,
    /// Whether nothing of what this task sent leaves once it has ended.
    leaves_no_more: bool,
    /// Why it is not to be sent again.
    refused: Option<String>,
    /// Why its intent is not known to be durable.
    trouble: Option<StoreError>,
    /// Until which age it was needed before its intent, which may not hold, had it reopened.
    reopens: Option<Age>,
    /// The account's part in its application, where the journal may lack what links it.
    membership: Option<Arc<Membership>>,
    claim: Arc<Claim>,
}

impl Entry {
    pub(super) fn new(
        journal: Arc<Journal>,
        claim: Claim,
        intent: Arc<Intent>,
        terms: RetryTerms,
        connector: String,
        recorded: Option<Recorded>,
    ) -> Entry {
        let open = recorded.as_ref().is_some_and(|recorded| recorded.standing.state.is_open());
        Entry {
            journal,
            intent,
            terms,
            connector,
            recorded,
            story: Vec::new(),
            open,
            leaves_no_more: false,
            refused: None,
            trouble: None,
            reopens: None,
            membership: None,
            claim: Arc::new(claim),
        }
    }

    /// Sent by an account.
    pub(super) fn of(mut self, membership: Arc<Membership>) -> Entry {
        self.membership = Some(membership);
        self
    }

    /// One that the journal has already.
    pub(super) fn again(
        journal: &Arc<Journal>,
        claim: Claim,
        id: WriteId,
        intent: Intent,
        mut standing: WriteStatus,
    ) -> Entry {
        let (terms, connector) = (standing.terms.clone(), standing.connector.clone());
        // What an earlier version sent, it did not see the end of: it promised nothing.
        if matches!(standing.state, State::Sending) {
            standing.send_limit.get_or_insert(SendLimit::Unbounded);
        }
        let recorded = Recorded { id, standing, intent: true };
        Entry::new(journal.clone(), claim, Arc::new(intent), terms, connector, Some(recorded))
    }

    /// Nothing is done about it now.
    pub(super) fn left(mut self) {
        self.recorded = None;
    }

    /// It is to be sent by this version of the connector.
    pub fn by(mut self: Box<Self>, connector: &Digest) -> Box<Entry> {
        self.connector = connector.to_string();
        self
    }

    /// What was ordered.
    pub fn intent(&self) -> &Arc<Intent> {
        &self.intent
    }

    /// The provider's methods that it is sent by.
    pub fn methods(&self) -> &[String] {
        &self.terms.methods
    }

    /// Makes durable that it is about to be sent, under this key. The window in which it may leave. `promised`: whether the
    /// transport keeps to that.
    ///
    /// # Errors
    /// It is not certain to be durable, or the provider would take it for another one: it must not be sent.
    pub async fn intend(&mut self, key: Option<String>, promised: bool) -> Result<SendWindow, String> {
        if self.open && self.recorded.as_ref().is_some_and(|recorded| recorded.standing.key != key) {
            let other = "the connector would send it under another key than before, and so a second time";
            self.refused = Some(other.to_owned());
            return Err(other.to_owned());
        }
        let moment = self.journal.clock.moment();
        let (now, age) = (moment.wall, self.journal.stamp().age);
        let connector = self.connector.clone();
        self.happened(WriteEventKind::Intended { connector: connector.clone(), key: key.clone() });
        let before = self.recorded.take();
        self.reopens = before.as_ref().and_then(|before| before.standing.needed_until());
        let (id, intent, before) = match before {
            // What has ended may be forgotten at any moment, and a change of what is not there is none.
            Some(Recorded { id, standing, intent }) => (id, intent && self.open, Some(standing)),
            None => (self.journal.next_id(), false, None),
        };
        // Only a sending that nobody knows the end of counts for the provider's window.
        let first = before.as_ref().filter(|_| self.open).map(|before| (before.first_sent, before.first_sent_boot));
        let (first_sent, first_sent_boot) = first.unwrap_or((now, moment.boot));
        let mut standing = WriteStatus {
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
            // What was looked for before it ended was another sending.
            lookups: before.as_ref().filter(|_| self.open).map_or(0, |before| before.lookups),
            since: now,
            events: before.as_ref().map_or(0, |before| before.events),
            story: before.as_ref().map_or_else(Extent::default, |before| before.story),
            first_sent_age: before.as_ref().filter(|_| self.open).map_or(age, |before| before.first_sent_age),
            since_age: age,
            epoch: self.journal.epoch(),
        };
        // It begins before anybody can read of it.
        let window = self.journal.send_window(&standing, moment);
        let milliseconds = u64::try_from(window.length().as_millis()).unwrap_or(u64::MAX);
        standing.send_limit = Some(if promised { SendLimit::Within(milliseconds) } else { SendLimit::Unbounded });
        self.leaves_no_more = promised;
        let recorded = self.recorded.insert(Recorded { id, standing, intent });
        let told = self.story.clone();
        let before = (recorded.standing.events, recorded.standing.story);
        let stamp = self.journal.stamp();
        let change = story::change(recorded, &self.intent, &mut self.story, self.reopens, None, stamp);
        let mut change = change.map_err(|error| error.to_string())?;
        change.applications = self.membership.as_ref().map(|its| its.unrecorded()).unwrap_or_default();
        // Until it is certain all of it is still to be told, in the same places.
        let after = (recorded.standing.events, recorded.standing.story);
        (recorded.standing.events, recorded.standing.story) = before;
        self.story = told;
        self.journal.at(Failpoint::Intending);
        // Until it is certain: a call that ends while this waits leaves it so.
        self.trouble = Some(StoreError::MayBeCommitted("the call ended while its intent was recorded".to_owned()));
        self.journal.shares.add(&self.intent.account, &change);
        let done = self.journal.store().commit(change).await;
        if !matches!(done, Err(StoreError::NotCommitted(_))) {
            self.membership.iter().for_each(|its| its.is_recorded());
        }
        self.trouble = done.clone().err();
        done.map_err(|error| format!("the journal did not take it ({error})"))?;
        if let Some(recorded) = &mut self.recorded {
            recorded.intent = true;
            (recorded.standing.events, recorded.standing.story) = after;
        }
        (self.reopens, self.story) = (None, Vec::new());
        self.journal.at(Failpoint::Intended);
        Ok(window)
    }

    /// How long it may take until its first byte leaves, where it was sent before and nobody knows what came of that.
    pub fn send_window_left(&self) -> Option<Duration> {
        let recorded = self.recorded.as_ref().filter(|_| self.open)?;
        Some(plan::repeat_left(&recorded.standing, self.journal.clock.moment()))
    }

    /// Whether nothing was known of it before this sending.
    pub fn is_first_sending(&self) -> bool {
        !self.open
    }

    /// A request of its call is about to be sent.
    pub fn requested(&mut self, request: WireRequest) {
        self.happened(WriteEventKind::Requested(Box::new(request)));
    }

    /// What came back on a request. `is_over`: whether the transport has done with it.
    pub fn answered(&mut self, answer: WireAnswer, carried_write: bool, is_over: bool) {
        self.leaves_no_more |= carried_write && is_over;
        let sent = !matches!(answer, WireAnswer::Nothing { sent: false, .. });
        self.happened(WriteEventKind::Answered(Box::new(answer)));
        if carried_write && sent {
            self.journal.at(Failpoint::Answered);
        }
    }

    /// Records its outcome; what the caller may get. `may_have_left`: whether any byte of it may have, this time.
    pub async fn ended(mut self, came: Result<&Receipt, (Outcome, AttemptFailure)>, may_have_left: bool) -> Ending {
        let Some(mut recorded) = self.recorded.take() else {
            // It never came to a request that carries it: there is nothing that could be lost.
            return Ending::AsReported;
        };
        if let Some(trouble) = self.trouble.take() {
            return Ending::Refused(self.not_recorded(recorded, trouble).await);
        }
        let not_applied = matches!(came, Err((Outcome::NotApplied, _)));
        let state = self.state_after(came, may_have_left, &recorded.standing);
        self.becomes(&mut recorded.standing, state);
        self.journal.at(Failpoint::Ending);
        let durable = self.change(recorded).await;
        self.journal.at(Failpoint::Ended);
        match durable {
            // Sent before, by this call or another: that this time it was not says nothing about then.
            _ if not_applied && self.open => Ending::Unknown,
            // A restart would find it as unknown, and might send it again.
            Err(error) if not_applied => {
                let unwritable = JournalError::Unwritable { reason: error.to_string() };
                Ending::Refused(WriteRefusal::new(Outcome::Unknown, unwritable))
            }
            _ => Ending::AsReported,
        }
    }

    /// Its intent is not known to be durable, so that it was not sent.
    async fn not_recorded(mut self, mut recorded: Recorded, trouble: StoreError) -> WriteRefusal {
        let unwritable = JournalError::Unwritable { reason: trouble.to_string() };
        // What has a state that is still open stays as it was recorded before: this sending never was.
        let certain = !matches!(trouble, StoreError::MayBeCommitted(_));
        if certain {
            // It stands as it stood before, and so does what was to be done about it.
            if self.open {
                self.journal.schedule.look_again(recorded.id, RETRY_DELAY);
            }
            return WriteRefusal::new(if self.open { Outcome::Unknown } else { Outcome::NotApplied }, unwritable);
        }
        // Where the intent is not there after all, there is nothing to end either: a second record of the order would be.
        recorded.intent = true;
        let failure = Failure::from(&unwritable);
        let state = if self.open {
            State::Unknown { failure, next: self.next(&recorded.standing, AttemptFeedback::default()) }
        } else {
            State::NotApplied { failure, by: Evidence::NothingSent }
        };
        self.becomes(&mut recorded.standing, state);
        let durable = self.change(recorded).await;
        let outcome = if self.open || durable.is_err() { Outcome::Unknown } else { Outcome::NotApplied };
        WriteRefusal::new(outcome, unwritable)
    }

    fn state_after(
        &self,
        came: Result<&Receipt, (Outcome, AttemptFailure)>,
        may_have_left: bool,
        standing: &WriteStatus,
    ) -> State {
        let repeated = self.open;
        match came {
            Ok(receipt) => {
                let by = if repeated { Evidence::Repeat } else { Evidence::Answer };
                State::Applied { receipt: receipt.clone(), by }
            }
            Err((Outcome::NotApplied, AttemptFailure { failure, .. })) if !repeated => {
                let by = if may_have_left { Evidence::Answer } else { Evidence::NothingSent };
                State::NotApplied { failure, by }
            }
            // That a repeat is refused does not prove that the first was not taken.
            Err((_, AttemptFailure { failure, retry_after })) => {
                let sent_in_vain = repeated && may_have_left && !plan::may_pass(failure.class);
                let refused = self.refused.clone().or_else(|| sent_in_vain.then(|| in_vain(&failure)));
                let wait = retry_after.map(|wait| wait.min(LONGEST));
                let heard = AttemptFeedback { wait, refused: refused.as_deref(), words: None };
                let next = self.next(standing, heard);
                State::Unknown { failure, next }
            }
        }
    }

    /// What the connector found out.
    pub async fn looked_up(mut self, found: Result<Resolution, AttemptFailure>) -> Result<(), StoreError> {
        let Some(mut recorded) = self.recorded.take() else { return Ok(()) };
        recorded.standing.lookups += 1;
        self.happened(WriteEventKind::LookedUp { found: look_up_result(&found) });
        let failure = match &recorded.standing.state {
            State::Unknown { failure, .. } => failure.clone(),
            _ => interrupted(),
        };
        let state = match found {
            Ok(Resolution::Applied(receipt)) => State::Applied { receipt, by: Evidence::LookUp },
            // Of what its connector never promised that it could be found, that it is not found proves nothing.
            Ok(Resolution::NotApplied(seen)) if recorded.standing.terms.repetition == Repetition::Blind => {
                self.for_a_person(&recorded.standing, failure, &unseen(&seen))
            }
            Ok(Resolution::NotApplied(seen)) => match self.journal.may_leave(&recorded.standing) {
                MayLeave::NoMore => {
                    let failure = Failure::new("write.not-applied", failure.class, seen);
                    State::NotApplied { failure, by: Evidence::LookUp }
                }
                // The host that sent it may be there still, and standing still.
                MayLeave::For(left) => self.early(&recorded.standing, failure, left),
                MayLeave::Always => self.for_a_person(&recorded.standing, failure, &unpromised(&seen)),
            },
            Ok(Resolution::TooEarly(wait)) => self.early(&recorded.standing, failure, wait),
            Ok(Resolution::CannotTell(words)) => self.for_a_person(&recorded.standing, failure, &words),
            Err(AttemptFailure { failure: failed, retry_after }) => {
                // Whether the provider can tell is not known before it was asked.
                let traceable = matches!(recorded.standing.terms.repetition, Repetition::Traceable(_));
                let again = traceable
                    || (plan::may_pass(failed.class) && recorded.standing.lookups < plan::MOST_FAILED_LOOKUPS);
                let words = (!again).then_some(failed.message);
                let wait = retry_after.map(plan::sensible);
                let heard = AttemptFeedback { wait, words: words.as_deref(), refused: None };
                State::Unknown { failure, next: self.next(&recorded.standing, heard) }
            }
        };
        self.becomes(&mut recorded.standing, state);
        self.change(recorded).await
    }

    /// Records that it may have been sent in a gap of the journal, and never sends it: it is looked for, or left to a
    /// person.
    pub(super) async fn may_have_been_sent_in(mut self, gap: &Gap) -> Result<(), StoreError> {
        let Stamp { at, age } = self.journal.stamp();
        let failure = in_a_gap(gap);
        let before = self.recorded.take();
        self.reopens = before.as_ref().and_then(|before| before.standing.needed_until());
        // Nobody knows under which terms it was sent, so that nothing is sent by them. A look-up finds it all the same.
        let repetition = match self.terms.repetition {
            Repetition::Traceable(window) => Repetition::Traceable(window),
            Repetition::Deduplicated(_) | Repetition::Blind => Repetition::Blind,
        };
        let (id, intent, before) = match before {
            Some(Recorded { id, standing, intent }) => (id, intent && self.open, Some(standing)),
            None => (self.journal.next_id(), false, None),
        };
        let standing = WriteStatus {
            state: State::Sending,
            terms: RetryTerms { repetition, ..self.terms.clone() },
            connector: self.connector.clone(),
            key: before.as_ref().and_then(|before| before.key.clone()),
            first_sent: before.as_ref().map_or(gap.from, |before| before.first_sent.min(gap.from)),
            last_sent: gap.until,
            first_sent_boot: None,
            last_sent_boot: None,
            // Whoever sent it has ended: its journal was put back since.
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
        let mut recorded = Recorded { id, standing, intent };
        self.becomes(&mut recorded.standing, State::Unknown { failure, next: Next::LookUp { at } });
        self.change(recorded).await
    }

    /// It is too early to tell.
    fn early(&self, standing: &WriteStatus, failure: Failure, wait: Duration) -> State {
        let heard = AttemptFeedback { wait: Some(plan::sensible(wait)), ..AttemptFeedback::default() };
        State::Unknown { failure, next: self.next(standing, heard) }
    }

    /// It cannot be told, and this is what a person can look at.
    fn for_a_person(&self, standing: &WriteStatus, failure: Failure, words: &str) -> State {
        let heard = AttemptFeedback { words: Some(words), ..AttemptFeedback::default() };
        State::Unknown { failure, next: self.next(standing, heard) }
    }

    /// A person's word, or what the host does instead of what it had planned.
    pub(super) async fn become_state(mut self, state: State) -> Result<WriteStatus, StoreError> {
        let Some(mut recorded) = self.recorded.take() else { return Err(StoreError::Closed) };
        // Where it had ended before, it is found there no longer.
        self.reopens = recorded.standing.needed_until();
        self.becomes(&mut recorded.standing, state);
        let standing = recorded.standing.clone();
        self.change(recorded).await.map(|()| standing)
    }

    fn next(&self, standing: &WriteStatus, heard: AttemptFeedback<'_>) -> Next {
        plan::next(standing, self.journal.clock.moment(), self.journal.waits, heard)
    }

    fn becomes(&mut self, standing: &mut WriteStatus, state: State) {
        match &state {
            State::Sending => {}
            State::Unknown { failure, next } => {
                // Said once, and not again with each thing that is planned.
                let known = matches!(&standing.state, State::Unknown { failure: before, .. } if before == failure);
                if !known {
                    self.happened(WriteEventKind::Unknown { failure: failure.clone() });
                }
                self.happened(WriteEventKind::Planned { next: next.clone() });
            }
            State::Applied { by: Evidence::Operator { by, note }, receipt } => {
                let (by, note, document) = (by.clone(), note.clone(), receipt.document.clone());
                self.happened(WriteEventKind::Settled { applied: true, by, note, document });
            }
            State::NotApplied { by: Evidence::Operator { by, note }, .. } => {
                let (by, note) = (by.clone(), note.clone());
                self.happened(WriteEventKind::Settled { applied: false, by, note, document: None });
            }
            State::Applied { receipt, .. } => self.happened(WriteEventKind::Applied { receipt: receipt.clone() }),
            State::NotApplied { failure, .. } => self.happened(WriteEventKind::Rejected { failure: failure.clone() }),
        }
        if self.leaves_no_more {
            standing.send_limit = Some(SendLimit::Over);
        }
        let stamp = self.journal.stamp();
        (standing.since, standing.since_age) = (stamp.at, stamp.age);
        // What is planned for one that was open before says nothing of a gap in between.
        if !(standing.state.is_open() && state.is_open()) {
            standing.epoch = self.journal.epoch();
        }
        standing.state = state;
    }

    fn happened(&mut self, what: WriteEventKind) {
        self.story.push(WriteEvent { at: self.journal.now(), what });
    }

    /// Makes durable what has happened. What is not within its time stays owed.
    async fn change(&mut self, mut recorded: Recorded) -> Result<(), StoreError> {
        let claim = Some(self.claim.clone());
        let stamp = self.journal.stamp();
        let mut change =
            story::change(&mut recorded, &self.intent, &mut self.story, self.reopens.take(), claim, stamp)?;
        change.applications = self.membership.as_ref().map(|its| its.unrecorded()).unwrap_or_default();
        self.journal.shares.add(&self.intent.account, &change);
        let committed = self.journal.store().commit(change);
        let late = || StoreError::MayBeCommitted(format!("it took longer than {} s", ENDING.as_secs()));
        let deadline = Instant::now() + ENDING;
        let durable = tokio::time::timeout_at(deadline.into(), committed).await.unwrap_or_else(|_| Err(late()));
        self.journal.has_changed(recorded.id, &self.intent, &recorded.standing);
        durable
    }
}

/// A task that ended early leaves it for the host to find out.
impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(recorded) = self.recorded.take().filter(|recorded| recorded.standing.state.is_open()) {
            self.journal.schedule.look_again(recorded.id, Duration::ZERO);
        }
    }
}
