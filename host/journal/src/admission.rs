//! Admission of orders: a new one may be sent, a known one is answered from the journal.

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

/// An ordered write, and how it would be sent.
pub struct WriteRequest {
    /// The order.
    pub intent: Intent,
    /// The account's membership of the application under which it is sent.
    pub membership: Arc<Membership>,
    /// Retry terms of the sending.
    pub terms: RetryTerms,
    /// Version of the connector that would send it.
    pub connector: Digest,
    /// Time at which the order was made, as the caller says.
    pub ordered_at: Option<Timestamp>,
    /// Maximum use of the journal by its account, in bytes.
    pub share: Option<u64>,
}

/// An order that cannot be sent now.
#[derive(Clone, Copy)]
pub struct Unsent<'o> {
    /// The account's name.
    pub account: &'o str,
    /// The order.
    pub write: &'o Write,
    /// Time at which the order was made, as the caller says.
    pub ordered_at: Option<Timestamp>,
}

/// The journal's answer to an order.
pub enum Admission {
    /// It may be sent.
    Proceed(Box<Entry>),
    /// Already carried out: the recorded receipt.
    AlreadyApplied(Receipt),
}

impl Journal {
    /// Admits a write, unless it was admitted before: then its recorded outcome holds. Waits, at most until the deadline, for
    /// another task that is working on it.
    pub async fn enter(self: &Arc<Self>, order: &WriteRequest, deadline: Instant) -> Result<Admission, WriteRefusal> {
        self.admit(order, deadline, false).await
    }

    /// Admits it again for the caller who just got its failure, where it may be sent again: also while its outcome is
    /// unknown, if its provider deduplicates it.
    pub async fn enter_again(
        self: &Arc<Self>,
        order: &WriteRequest,
        deadline: Instant,
    ) -> Result<Admission, WriteRefusal> {
        self.admit(order, deadline, true).await
    }

    async fn admit(
        self: &Arc<Self>,
        order: &WriteRequest,
        deadline: Instant,
        again: bool,
    ) -> Result<Admission, WriteRefusal> {
        let entering = self.admit_locked(order, again);
        tokio::time::timeout_at(deadline.into(), entering).await.unwrap_or_else(|_| {
            // The task that works on it may have sent it.
            Err(WriteRefusal::new(Outcome::Unknown, JournalError::Busy))
        })
    }

    async fn admit_locked(self: &Arc<Self>, order: &WriteRequest, again: bool) -> Result<Admission, WriteRefusal> {
        let WriteRequest { intent, membership, terms, connector, ordered_at, share } = order;
        let reference = intent.write.reference();
        let (sought, claim) = loop {
            let sought = Sought::by(membership, reference);
            let claim = self.claims.lock(sought.names().iter().cloned()).await;
            // An account that joined meanwhile, and shares the application, may have sent it under a name not among these.
            if sought.is_current() {
                break (sought, claim);
            }
        };
        let begin = |intent, recorded| {
            let entry = Entry::new(self.clone(), claim, Arc::new(intent), terms.clone(), *connector, recorded);
            Admission::Proceed(Box::new(entry.with_membership(membership.clone())))
        };
        let not_applied = |error: JournalError| WriteRefusal::new(Outcome::NotApplied, error);
        // If it cannot be read, it may have been sent before.
        let unread = |error: StoreError| WriteRefusal::new(Outcome::Unknown, error);
        let gap = self.gap_for(&intent.account);
        let Some((id, known, status)) = self.find_recorded(&sought, Some(&intent.write)).await.map_err(unread)? else {
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
        let in_a_gap = gap.as_ref().is_some_and(|gap| status.epoch < gap.epoch);
        let may_repeat = again && !in_a_gap && status.terms == *terms && plan::may_repeat(&status, self.clock.moment());
        match status.state.clone() {
            State::Applied { receipt, .. } => Ok(Admission::AlreadyApplied(replayed(receipt, id, status.since))),
            State::Unknown { .. } if may_repeat => Ok(begin(known, Some(Recorded { id, status, intent: true }))),
            State::NotApplied { .. } => {
                // It may have been sent again, and carried out, in the gap.
                let gap = gap.filter(|gap| status.epoch < gap.epoch);
                // It belongs to this account now, whichever sent it then.
                let known = Intent { account: intent.account.clone(), origins: intent.origins.clone(), ..known };
                let begun = begin(known, Some(Recorded { id, status, intent: true }));
                match gap {
                    Some(gap) => Err(in_gap(begun, &gap).await),
                    None => Ok(begun),
                }
            }
            State::Unknown { failure, .. } => {
                Err(WriteRefusal::new(Outcome::Unknown, RefusalReason::recorded(failure, id, status.since)))
            }
            State::Sending => Err(WriteRefusal::new(
                Outcome::Unknown,
                RefusalReason::recorded(messages::interrupted(), id, status.since),
            )),
        }
    }

    /// Recorded outcome of an order that cannot be sent now; none where there is nothing to say but that it was not applied.
    pub async fn recorded_outcome(
        &self,
        sought: &Sought,
        unsent: Unsent<'_>,
        deadline: Instant,
    ) -> Option<Result<Receipt, WriteRefusal>> {
        let Unsent { account, write, ordered_at } = unsent;
        let unknown = WriteRefusal::unknown;
        // Checked before and after reading: a task may take it up and end it meanwhile.
        let was_claimed = self.claims.is_claimed(sought.names());
        let known = match tokio::time::timeout_at(deadline.into(), self.find_recorded(sought, Some(write))).await {
            Ok(Ok(known)) => known.filter(|(_, intent, _)| intent.write == *write),
            Ok(Err(error)) => return unknown(error.into()),
            Err(_) => return unknown(JournalError::Busy.into()),
        };
        if was_claimed || self.claims.is_claimed(sought.names()) {
            return unknown(JournalError::Busy.into());
        }
        let gap = self.gap_for(account);
        let in_gap = |gap: &Gap| unknown(JournalError::InGap { from: gap.from, until: gap.until }.into());
        let Some((id, _, status)) = known else {
            return gap.filter(|gap| !gap.is_before(write.reference(), ordered_at)).and_then(|gap| in_gap(&gap));
        };
        match status.state {
            State::Applied { receipt, .. } => Some(Ok(replayed(receipt, id, status.since))),
            State::Unknown { failure, .. } => unknown(RefusalReason::recorded(failure, id, status.since)),
            State::Sending => unknown(RefusalReason::recorded(messages::interrupted(), id, status.since)),
            State::NotApplied { .. } => gap.filter(|gap| status.epoch < gap.epoch).and_then(|gap| in_gap(&gap)),
        }
    }
}

/// The receipt of a write that was carried out before: nothing is sent now.
fn replayed(mut receipt: Receipt, write: WriteId, recorded: Timestamp) -> Receipt {
    receipt.from_journal = Some(FromJournal::new(write, recorded));
    receipt
}

/// Refusal of an order that may have been sent in a gap of the journal.
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
