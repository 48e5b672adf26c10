//! Entering an order: a new one may be sent, a known one is answered from the journal.

use std::sync::Arc;
use std::time::Instant;

use stockbridge_model::{Digest, FromJournal, Outcome, Receipt, Timestamp, Write, WriteId};

use super::entry::Entry;
use super::gap::Gap;
use super::known::Sought;
use super::record::{Intent, Recorded, RetryTerms, State};
use super::{Journal, StoreError, messages, plan};
use crate::application::Membership;
use crate::error::JournalError;
use crate::refusal::{RefusalReason, WriteRefusal};

/// A write as it was ordered, and how it would be sent.
pub struct WriteRequest {
    /// What is ordered.
    pub intent: Intent,
    /// The account's part in the application that it is sent under.
    pub membership: Arc<Membership>,
    /// Under what terms it is sent.
    pub terms: RetryTerms,
    /// The version of the connector that would send it.
    pub connector: Digest,
    /// When it was made, as the caller said.
    pub ordered_at: Option<Timestamp>,
    /// How much of the journal its account may take, in bytes.
    pub share: Option<u64>,
}

/// An order that cannot be sent now.
#[derive(Clone, Copy)]
pub struct Unsent<'o> {
    /// The account's name.
    pub account: &'o str,
    /// What is ordered.
    pub write: &'o Write,
    /// When it was made, as the caller said.
    pub ordered_at: Option<Timestamp>,
}

/// What the journal says to a write that is to be begun.
pub enum Admission {
    /// It may be sent.
    Proceed(Box<Entry>),
    /// It was carried out before: this is what came of it.
    AlreadyApplied(Receipt),
}

impl Journal {
    /// Begins a write, unless it was begun before: then what came of that holds. Waits, at most until the deadline, for
    /// another task that is working on it.
    pub async fn enter(self: &Arc<Self>, order: &WriteRequest, deadline: Instant) -> Result<Admission, WriteRefusal> {
        self.entered(order, deadline, false).await
    }

    /// Begins it again for the caller who was just told that it failed, where it may be sent again: also while nobody
    /// knows what became of it, if its provider deduplicates it.
    pub async fn enter_again(
        self: &Arc<Self>,
        order: &WriteRequest,
        deadline: Instant,
    ) -> Result<Admission, WriteRefusal> {
        self.entered(order, deadline, true).await
    }

    async fn entered(
        self: &Arc<Self>,
        order: &WriteRequest,
        deadline: Instant,
        again: bool,
    ) -> Result<Admission, WriteRefusal> {
        let entering = self.entered_in_turn(order, again);
        tokio::time::timeout_at(deadline.into(), entering).await.unwrap_or_else(|_| {
            // Whoever works on it may have sent it.
            Err(WriteRefusal::new(Outcome::Unknown, JournalError::Busy))
        })
    }

    async fn entered_in_turn(self: &Arc<Self>, order: &WriteRequest, again: bool) -> Result<Admission, WriteRefusal> {
        let WriteRequest { intent, membership, terms, connector, ordered_at, share } = order;
        let reference = intent.write.reference();
        let (sought, claim) = loop {
            let sought = Sought::by(membership, reference);
            let claim = self.claims.in_turn(sought.names().iter().cloned()).await;
            // An account that came meanwhile, and shares, may have sent it under a name that was none of these.
            if sought.still_holds() {
                break (sought, claim);
            }
        };
        let begin = |intent, recorded| {
            let (terms, connector) = (terms.clone(), connector.to_string());
            let entry = Entry::new(self.clone(), claim, Arc::new(intent), terms, connector, recorded);
            Admission::Proceed(Box::new(entry.of(membership.clone())))
        };
        let not_applied = |error: JournalError| WriteRefusal::new(Outcome::NotApplied, error);
        // Where that cannot be read it may have been sent before.
        let unread = |error: StoreError| WriteRefusal::new(Outcome::Unknown, error);
        let gap = self.gap_for(&intent.account);
        let Some((id, known, standing)) = self.known(&sought, Some(&intent.write)).await.map_err(unread)? else {
            return match gap.filter(|gap| !gap.is_before(reference, *ordered_at)) {
                Some(gap) => Err(in_gap(begin(intent.clone(), None), &gap).await),
                None => {
                    if let Some(share) = share {
                        let room = self.has_room(&intent.account, *share).await;
                        room.map_err(&not_applied)?;
                    }
                    Ok(begin(intent.clone(), None))
                }
            };
        };
        if known.write != intent.write {
            let reference = reference.clone();
            return Err(not_applied(JournalError::ReferenceTaken { reference, id }));
        }
        let in_a_gap = gap.as_ref().is_some_and(|gap| standing.epoch < gap.epoch);
        let may_repeat =
            again && !in_a_gap && standing.terms == *terms && plan::may_repeat(&standing, self.clock.moment());
        match standing.state.clone() {
            State::Applied { receipt, .. } => Ok(Admission::AlreadyApplied(replayed(receipt, id, standing.since))),
            State::Unknown { .. } if may_repeat => Ok(begin(known, Some(Recorded { id, standing, intent: true }))),
            State::NotApplied { .. } => {
                // It may have been sent again, and carried out, while the journal had no record.
                let gap = gap.filter(|gap| standing.epoch < gap.epoch);
                // It is this account's now, whichever sent it then.
                let known = Intent { account: intent.account.clone(), origins: intent.origins.clone(), ..known };
                let begun = begin(known, Some(Recorded { id, standing, intent: true }));
                match gap {
                    Some(gap) => Err(in_gap(begun, &gap).await),
                    None => Ok(begun),
                }
            }
            State::Unknown { failure, .. } => {
                Err(WriteRefusal::new(Outcome::Unknown, RefusalReason::recorded(failure, id, standing.since)))
            }
            State::Sending => Err(WriteRefusal::new(
                Outcome::Unknown,
                RefusalReason::recorded(messages::interrupted(), id, standing.since),
            )),
        }
    }

    /// What stands of an order that cannot be sent now; none where that it was not applied is all there is to say.
    pub async fn recorded_outcome(
        &self,
        sought: &Sought,
        unsent: Unsent<'_>,
        deadline: Instant,
    ) -> Option<Result<Receipt, WriteRefusal>> {
        let Unsent { account, write, ordered_at } = unsent;
        let unknown = WriteRefusal::unknown;
        // Before and after it is read: a task may take it up and end it meanwhile.
        let was_claimed = self.claims.is_claimed(sought.names());
        let known = match tokio::time::timeout_at(deadline.into(), self.known(sought, Some(write))).await {
            Ok(Ok(known)) => known.filter(|(_, intent, _)| intent.write == *write),
            Ok(Err(error)) => return unknown(error.into()),
            Err(_) => return unknown(JournalError::Busy.into()),
        };
        if was_claimed || self.claims.is_claimed(sought.names()) {
            return unknown(JournalError::Busy.into());
        }
        let gap = self.gap_for(account);
        let in_gap = |gap: &Gap| unknown(JournalError::InGap { from: gap.from, until: gap.until }.into());
        let Some((id, _, standing)) = known else {
            return gap.filter(|gap| !gap.is_before(write.reference(), ordered_at)).and_then(|gap| in_gap(&gap));
        };
        match standing.state {
            State::Applied { receipt, .. } => Some(Ok(replayed(receipt, id, standing.since))),
            State::Unknown { failure, .. } => unknown(RefusalReason::recorded(failure, id, standing.since)),
            State::Sending => unknown(RefusalReason::recorded(messages::interrupted(), id, standing.since)),
            State::NotApplied { .. } => gap.filter(|gap| standing.epoch < gap.epoch).and_then(|gap| in_gap(&gap)),
        }
    }
}

/// The receipt of a write that was carried out before: nothing is sent now.
fn replayed(mut receipt: Receipt, write: WriteId, recorded: Timestamp) -> Receipt {
    receipt.from_journal = Some(FromJournal::new(write, recorded));
    receipt
}

/// What an order comes to that may have been sent in a gap of the journal.
async fn in_gap(begun: Admission, gap: &Gap) -> WriteRefusal {
    let recorded = match begun {
        Admission::Proceed(entry) => entry.may_have_been_sent_in(gap).await,
        Admission::AlreadyApplied(_) => Ok(()),
    };
    let reason = match recorded {
        Ok(()) => JournalError::InGap { from: gap.from, until: gap.until }.into(),
        Err(error) => RefusalReason::from(error),
    };
    WriteRefusal::new(Outcome::Unknown, reason)
}
