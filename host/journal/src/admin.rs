//! The journal as operators, and programs for them, see it, and settlement of a write by an operator.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stockbridge_model::{
    Digest, ErrorClass, Failure, Progress, Receipt, Reference, Repetition, Timestamp, TransferStage, Write, WriteId,
};

use super::framed::decode;
use super::known::Sought;
use super::record::{Evidence, Intent, State, WriteEvent, WriteStatus};
use super::{Entry, Journal, MayLeave};
use crate::error::JournalError;
use crate::subscription::Subscription;

/// Number of writes read at a time.
const CHUNK: usize = 256;
/// Maximum length of an operator's note, in bytes.
const MAX_NOTE: usize = 4096;

/// Timeout for a settlement to wait for a task that is about to finish with the write.
const SETTLE_LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// Record of a write, with its current status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WriteRecord {
    /// Number of the write in the journal.
    pub id: WriteId,
    /// The account's name.
    pub account: String,
    /// Name of the provider, as given by its connector.
    pub provider: String,
    /// `transfer`, `adjust.count` …
    pub operation: String,
    /// The reference under which it was sent.
    pub reference: Reference,
    /// Requester of the write, as named by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// The caller's trace, in W3C `traceparent` form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Known state of the write.
    pub state: State,
    /// Time of this state.
    pub since: Timestamp,
    /// Key of the write at the provider, as the connector says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How it may be repeated, as the connector said when it was sent.
    pub repetition: Repetition,
    /// The provider's methods that implement it.
    pub methods: Vec<String>,
    /// Version of the connector that sent it last.
    pub connector: Digest,
    /// Time of its first sending of unknown outcome.
    pub first_sent: Timestamp,
    /// Time of its last sending.
    pub last_sent: Timestamp,
    /// Number of sendings.
    pub sendings: u32,
    /// Number of look-ups.
    pub lookups: u32,
    /// Requested stage of a transfer: a draft moves nothing before it is submitted at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<TransferStage>,
    /// Whether a process that ended left it as [`State::Sending`]: no task is sending it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

/// A write with all its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WriteHistory {
    /// Its record.
    pub record: WriteRecord,
    /// The order.
    pub write: Write,
    /// Its events, from the first.
    pub events: Vec<WriteEvent>,
    /// Number of events that lost their headers and bodies, or are missing, since a story is limited to 2 MiB. The write's
    /// outcome is never among those.
    #[serde(default, skip_serializing_if = "is_none_cut")]
    pub cut: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_none_cut(cut: &u32) -> bool {
    *cut == 0
}

/// Selects the writes to list. All given conditions must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct WriteFilter {
    /// Only writes of unknown outcome.
    pub open: bool,
    /// Only writes that need an operator: see [`WriteRecord::needs_operator`].
    pub waiting: bool,
    /// Only writes of this account.
    pub account: Option<String>,
    /// Only writes under this reference.
    pub reference: Option<Reference>,
    /// Only writes sent at or after this time.
    pub since: Option<Timestamp>,
    /// Only writes with lower numbers: the next page of a list.
    pub before: Option<WriteId>,
    /// Maximum number of writes; none: all.
    pub limit: Option<usize>,
}

/// An operator's decision on a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settlement {
    /// Whether it was carried out.
    pub applied: bool,
    /// Name of the operator.
    pub by: String,
    /// How the operator knows.
    pub note: String,
    /// The provider's document number of a write that was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

impl WriteRecord {
    pub(super) fn of(id: WriteId, intent: &Intent, status: &WriteStatus) -> WriteRecord {
        WriteRecord {
            id,
            account: intent.account.clone(),
            provider: intent.provider.clone(),
            operation: intent.operation.clone(),
            reference: intent.write.reference().clone(),
            asked_by: intent.asked_by.clone(),
            trace: intent.trace.clone(),
            state: status.state.clone(),
            since: status.since,
            key: status.key.clone(),
            repetition: status.terms.repetition,
            methods: status.terms.methods.clone(),
            connector: status.connector,
            first_sent: status.first_sent,
            last_sent: status.last_sent,
            sendings: status.sendings,
            lookups: status.lookups,
            stage: match &intent.write {
                Write::Transfer(order) => Some(order.stage),
                Write::Adjust(_) | Write::Occupy(_) => None,
            },
            interrupted: false,
        }
    }

    /// Whether its outcome is unknown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state.is_open()
    }

    /// Whether an operator has to act: to find out the outcome where the host cannot, to act on a stuck document, or to run a
    /// host that looks up what an ended process left.
    #[must_use]
    pub fn needs_operator(&self) -> bool {
        self.needs_manual_review() || self.is_stuck() || self.interrupted
    }

    /// Whether the provider accepted it as a document that a person must act on.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.state.is_stuck()
    }

    /// Whether an operator has to find out its outcome.
    #[must_use]
    pub fn needs_manual_review(&self) -> bool {
        matches!(&self.state, State::Unknown { next, .. } if next.at().is_none())
    }
}

impl WriteFilter {
    fn matches(&self, record: &WriteRecord) -> bool {
        (!self.open || record.is_open())
            && (!self.waiting || record.needs_operator())
            && self.account.as_ref().is_none_or(|account| *account == record.account)
            && self.reference.as_ref().is_none_or(|reference| *reference == record.reference)
            && self.since.is_none_or(|since| record.last_sent >= since)
    }
}

impl Journal {
    /// Lists writes, the latest first.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn list(&self, filter: &WriteFilter) -> Result<Vec<WriteRecord>, JournalError> {
        let limit = filter.limit.unwrap_or(usize::MAX);
        let (mut listed, mut before) = (Vec::new(), filter.before);
        if filter.open {
            return self.list_open(filter, limit).await;
        }
        while listed.len() < limit {
            let chunk = self.store().before(before, CHUNK).await?;
            let Some((last, _)) = chunk.last() else { break };
            before = Some(*last);
            for (id, stored) in &chunk {
                let record = self.record_of(*id, &decoded(&stored.intent)?, &decoded(&stored.status)?).await?;
                if listed.len() < limit {
                    listed.extend(record.filter(|record| filter.matches(record)));
                }
            }
        }
        Ok(listed)
    }

    /// Lists open writes: few among many, found without reading the others.
    async fn list_open(&self, filter: &WriteFilter, limit: usize) -> Result<Vec<WriteRecord>, JournalError> {
        let mut open = self.store().open().await?;
        open.sort_by(|(one, _), (other, _)| other.cmp(one));
        let mut listed = Vec::new();
        for (id, _) in open {
            if listed.len() == limit {
                break;
            }
            let found = if filter.before.is_none_or(|before| id < before) { self.get(id).await? } else { None };
            listed.extend(found.filter(|record| filter.matches(record)));
        }
        Ok(listed)
    }

    /// A write by its number; none if it does not exist or was forgotten.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn get(&self, id: WriteId) -> Result<Option<WriteRecord>, JournalError> {
        let Some((intent, status)) = self.read(id).await? else { return Ok(None) };
        self.record_of(id, &intent, &status).await
    }

    /// Record of a write that was just read, with whether a task still works on one in the state `Sending`.
    async fn record_of(
        &self,
        id: WriteId,
        intent: &Intent,
        status: &WriteStatus,
    ) -> Result<Option<WriteRecord>, JournalError> {
        let name = intent.name();
        let is_left = |status: &WriteStatus| matches!(status.state, State::Sending) && !self.claims.is_claimed([&name]);
        if !is_left(status) {
            return Ok(Some(WriteRecord::of(id, intent, status)));
        }
        // The task that was sending it may have ended it since it was read.
        let Some((intent, status)) = self.read(id).await? else { return Ok(None) };
        let interrupted = is_left(&status);
        Ok(Some(WriteRecord { interrupted, ..WriteRecord::of(id, &intent, &status) }))
    }

    /// Names of the accounts that have writes, sorted.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn accounts(&self) -> Result<Vec<String>, JournalError> {
        let (mut accounts, mut before) = (BTreeSet::new(), None);
        loop {
            let chunk = self.store().before(before, CHUNK).await?;
            let Some((last, _)) = chunk.last() else { return Ok(accounts.into_iter().collect()) };
            before = Some(*last);
            for (_, stored) in &chunk {
                let Intent { account, .. } = decoded(&stored.intent)?;
                accounts.insert(account);
            }
        }
    }

    /// The write of a reference.
    pub async fn find(&self, sought: &Sought) -> Result<Option<WriteRecord>, JournalError> {
        let Some((id, intent, status)) = self.find_recorded(sought, None).await? else { return Ok(None) };
        self.record_of(id, &intent, &status).await
    }

    /// A write with all its events.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn history(&self, id: WriteId) -> Result<Option<WriteHistory>, JournalError> {
        let Some((intent, status)) = self.read(id).await? else { return Ok(None) };
        let events = self.store().history(id).await?.iter().map(|event| decoded(event)).collect::<Result<_, _>>()?;
        let record = self.record_of(id, &intent, &status).await?;
        Ok(record.map(|record| WriteHistory { record, write: intent.write, events, cut: status.story.cut }))
    }

    /// Subscribes to changes of writes from now on: each write whose status changes, after the change.
    #[must_use]
    pub fn subscribe(&self) -> Subscription<WriteRecord> {
        self.events.subscribe().into()
    }

    /// Settles a write by an operator's decision: from now on it is as if the provider had said so. A stuck write is closed
    /// in the same way, once its document was acted on.
    ///
    /// # Errors
    /// There is no such write, it has ended, it is being sent, or the journal cannot be written.
    pub async fn settle(self: &Arc<Self>, id: WriteId, decision: Settlement) -> Result<WriteRecord, JournalError> {
        let refused = |problem| problem;
        let document = decision.document.as_ref().map_or(0, String::len);
        if decision.by.len() + decision.note.len() + document > MAX_NOTE || decision.note.trim().is_empty() {
            return Err(refused(JournalError::Note { limit: MAX_NOTE }));
        }
        let (intent, _) = self.read(id).await?.ok_or_else(|| refused(JournalError::NoSuchWrite { id }))?;
        let claim = tokio::time::timeout(SETTLE_LOCK_TIMEOUT, self.claims.lock([intent.name()])).await;
        let claim = claim.map_err(|_| refused(JournalError::Busy))?;
        // Read again: the previous holder of the lock may have ended it.
        let (intent, status) = self.read(id).await?.ok_or_else(|| refused(JournalError::NoSuchWrite { id }))?;
        if !status.state.is_open() && !status.state.is_stuck() {
            return Err(refused(JournalError::Ended { id }));
        }
        // An operator, too, concludes that only once it can no longer leave.
        if let (false, MayLeave::For(left)) = (decision.applied, self.may_leave(&status)) {
            tokio::time::sleep(left).await;
        }
        let by = Evidence::Operator { by: decision.by, note: decision.note.clone() };
        let state = if decision.applied {
            State::Applied { receipt: settled_receipt(&status.state, &intent, decision.document), by }
        } else {
            State::NotApplied { failure: Failure::new("write.settled", ErrorClass::Rejected, decision.note), by }
        };
        let settled = intent.clone();
        let entry = Entry::existing(self, claim, id, intent, status);
        let status = entry.become_state(state).await?;
        Ok(WriteRecord::of(id, &settled, &status))
    }
}

/// Receipt of a write that an operator says was carried out: the provider's where there is one, otherwise without any of the
/// provider's fields, since none were seen.
fn settled_receipt(state: &State, intent: &Intent, document: Option<String>) -> Receipt {
    let mut receipt = match state {
        State::Applied { receipt, .. } => receipt.clone(),
        _ => Receipt::new(intent.write.reference().clone(), Progress::Done),
    };
    receipt.progress = Progress::Done;
    receipt.document = document.or(receipt.document);
    receipt
}

impl State {
    /// Whether the provider accepted it as a document that a person must act on.
    fn is_stuck(&self) -> bool {
        matches!(self, State::Applied { receipt, .. } if receipt.progress == Progress::Stuck)
    }
}

fn decoded<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, JournalError> {
    decode(bytes).map_err(|error| super::StoreError::from(error).into())
}
