//! What people, and programs for them, see of the journal, and how a person closes a write.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stockbridge_model::{
    ErrorClass, Failure, Progress, Receipt, Reference, Repetition, Timestamp, TransferStage, Write, WriteId,
};
use tokio::sync::broadcast::{self, error::RecvError};

use super::framed::decode;
use super::known::Sought;
use super::record::{Evidence, Intent, State, WriteEvent, WriteStatus};
use super::{Entry, Journal, MayLeave};
use crate::error::JournalError;

/// How many writes are read at a time.
const CHUNK: usize = 256;
/// The longest text that a person may write, in bytes.
const LONGEST_NOTE: usize = 4096;

/// How long a person's word waits for a task that is about to be done with the write.
const SETTLE_LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// A write as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WriteRecord {
    /// Its number in the journal.
    pub id: WriteId,
    /// The account's name.
    pub account: String,
    /// The provider, as its connector calls it.
    pub provider: String,
    /// `transfer`, `adjust.count` …
    pub operation: String,
    /// The number that it was sent under.
    pub reference: Reference,
    /// Who asked for it, as the caller said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// The caller's trace, as W3C's `traceparent` writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What is known of it.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// The key under which the connector says that the provider knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How it may be repeated, as the connector said when it was sent.
    pub repetition: Repetition,
    /// The provider's methods behind it.
    pub methods: Vec<String>,
    /// The version of the connector that sent it last: the SHA-256 of its component.
    pub connector: String,
    /// When its first sending began that nobody knew the end of.
    pub first_sent: Timestamp,
    /// When its last sending began.
    pub last_sent: Timestamp,
    /// How often it was sent.
    pub sendings: u32,
    /// How often it was looked for.
    pub lookups: u32,
    /// How far a transfer was to be taken: a draft moves nothing before somebody submits it at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<TransferStage>,
    /// Whether it was left as [`State::Sending`] by a process that ended: nobody is sending it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

/// A write with all that happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WriteHistory {
    /// As it stands.
    pub record: WriteRecord,
    /// What was ordered.
    pub write: Write,
    /// What happened, from the beginning.
    pub events: Vec<WriteEvent>,
    /// How many events lost their headers and bodies, or are missing, since a story has 2 MiB at most. What became of the write
    /// is never among those.
    #[serde(default, skip_serializing_if = "is_none_cut")]
    pub cut: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_none_cut(cut: &u32) -> bool {
    *cut == 0
}

/// Which writes to list. Every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct WriteFilter {
    /// Only those of which it is not known what became of them.
    pub open: bool,
    /// Only those with which somebody has something to do: see [`WriteRecord::needs_operator`].
    pub waiting: bool,
    /// Only those of this account.
    pub account: Option<String>,
    /// Only those under this reference.
    pub reference: Option<Reference>,
    /// Only those that were sent at or after this time.
    pub since: Option<Timestamp>,
    /// Only those with lower numbers: the next page of a list.
    pub before: Option<WriteId>,
    /// At most so many; all, if it is not given.
    pub limit: Option<usize>,
}

/// A person's word on a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settlement {
    /// Whether it was carried out.
    pub applied: bool,
    /// Who says so.
    pub by: String,
    /// How they know.
    pub note: String,
    /// The provider's document number of what was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// The changes of a journal's writes from [`Journal::subscribe`] on. It is at its end when the host is gone.
#[derive(Debug)]
pub struct JournalEvents(broadcast::Receiver<WriteRecord>);

impl JournalEvents {
    /// The next write that stands otherwise than before, or how many the listener was too slow for; none at the end.
    pub async fn next(&mut self) -> Option<Result<WriteRecord, u64>> {
        match self.0.recv().await {
            Ok(record) => Some(Ok(record)),
            Err(RecvError::Lagged(missed)) => Some(Err(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}

impl WriteRecord {
    pub(super) fn of(id: WriteId, intent: &Intent, standing: &WriteStatus) -> WriteRecord {
        WriteRecord {
            id,
            account: intent.account.clone(),
            provider: intent.provider.clone(),
            operation: intent.operation.clone(),
            reference: intent.write.reference().clone(),
            asked_by: intent.asked_by.clone(),
            trace: intent.trace.clone(),
            state: standing.state.clone(),
            since: standing.since,
            key: standing.key.clone(),
            repetition: standing.terms.repetition,
            methods: standing.terms.methods.clone(),
            connector: standing.connector.clone(),
            first_sent: standing.first_sent,
            last_sent: standing.last_sent,
            sendings: standing.sendings,
            lookups: standing.lookups,
            stage: match &intent.write {
                Write::Transfer(order) => Some(order.stage),
                Write::Adjust(_) | Write::Occupy(_) => None,
            },
            interrupted: false,
        }
    }

    /// Whether it is not known what became of it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state.is_open()
    }

    /// Whether somebody has something to do: to find out what became of it where the host cannot, to act on the document
    /// that it is stuck as, or to run a host that finds out about what a process left when it ended.
    #[must_use]
    pub fn needs_operator(&self) -> bool {
        self.needs_manual_review() || self.is_stuck() || self.interrupted
    }

    /// Whether the provider took it as a document that a person must act on.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.state.is_stuck()
    }

    /// Whether it is for a person to find out what became of it.
    #[must_use]
    pub fn needs_manual_review(&self) -> bool {
        matches!(&self.state, State::Unknown { next, .. } if next.at().is_none())
    }
}

impl WriteFilter {
    fn holds(&self, record: &WriteRecord) -> bool {
        (!self.open || record.is_open())
            && (!self.waiting || record.needs_operator())
            && self.account.as_ref().is_none_or(|account| *account == record.account)
            && self.reference.as_ref().is_none_or(|reference| *reference == record.reference)
            && self.since.is_none_or(|since| record.last_sent >= since)
    }
}

impl Journal {
    /// Writes, the latest first.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn list(&self, filter: &WriteFilter) -> Result<Vec<WriteRecord>, JournalError> {
        let most = filter.limit.unwrap_or(usize::MAX);
        let (mut listed, mut before) = (Vec::new(), filter.before);
        if filter.open {
            return self.list_open(filter, most).await;
        }
        while listed.len() < most {
            let chunk = self.store().before(before, CHUNK).await?;
            let Some((last, _)) = chunk.last() else { break };
            before = Some(*last);
            for (id, stored) in &chunk {
                let record = self.seen(*id, &decoded(&stored.intent)?, &decoded(&stored.standing)?).await?;
                if listed.len() < most {
                    listed.extend(record.filter(|record| filter.holds(record)));
                }
            }
        }
        Ok(listed)
    }

    /// Those that are open are few among many, and are found without the others.
    async fn list_open(&self, filter: &WriteFilter, most: usize) -> Result<Vec<WriteRecord>, JournalError> {
        let mut open = self.store().open().await?;
        open.sort_by(|(one, _), (other, _)| other.cmp(one));
        let mut listed = Vec::new();
        for (id, _) in open {
            if listed.len() == most {
                break;
            }
            let found = if filter.before.is_none_or(|before| id < before) { self.get(id).await? } else { None };
            listed.extend(found.filter(|record| filter.holds(record)));
        }
        Ok(listed)
    }

    /// A write by its number; none where there is none, or it was forgotten.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn get(&self, id: WriteId) -> Result<Option<WriteRecord>, JournalError> {
        let Some((intent, standing)) = self.read(id).await? else { return Ok(None) };
        self.seen(id, &intent, &standing).await
    }

    /// A write as it was read, and whether anybody still works on what is said to be on its way.
    async fn seen(
        &self,
        id: WriteId,
        intent: &Intent,
        standing: &WriteStatus,
    ) -> Result<Option<WriteRecord>, JournalError> {
        let name = intent.name();
        let is_left =
            |standing: &WriteStatus| matches!(standing.state, State::Sending) && !self.claims.is_claimed([&name]);
        if !is_left(standing) {
            return Ok(Some(WriteRecord::of(id, intent, standing)));
        }
        // Whoever was sending it may have ended it since it was read.
        let Some((intent, standing)) = self.read(id).await? else { return Ok(None) };
        let interrupted = is_left(&standing);
        Ok(Some(WriteRecord { interrupted, ..WriteRecord::of(id, &intent, &standing) }))
    }

    /// The accounts that have writes, in the order of their names.
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
        let Some((id, intent, standing)) = self.known(sought, None).await? else { return Ok(None) };
        self.seen(id, &intent, &standing).await
    }

    /// A write with its whole story.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn history(&self, id: WriteId) -> Result<Option<WriteHistory>, JournalError> {
        let Some((intent, standing)) = self.read(id).await? else { return Ok(None) };
        let events = self.store().history(id).await?.iter().map(|event| decoded(event)).collect::<Result<_, _>>()?;
        let record = self.seen(id, &intent, &standing).await?;
        Ok(record.map(|record| WriteHistory { record, write: intent.write, events, cut: standing.story.cut }))
    }

    /// What happens to writes from now on.
    #[must_use]
    pub fn subscribe(&self) -> JournalEvents {
        JournalEvents(self.told.subscribe())
    }

    /// Closes a write by a person's word: from now on it is as if the provider had said so. One that is stuck is closed
    /// like that as well, once somebody has acted on its document.
    ///
    /// # Errors
    /// There is no such write, it has ended, it is on its way, or the journal cannot be written.
    pub async fn settle(self: &Arc<Self>, id: WriteId, word: Settlement) -> Result<WriteRecord, JournalError> {
        let refused = |problem| problem;
        let document = word.document.as_ref().map_or(0, String::len);
        if word.by.len() + word.note.len() + document > LONGEST_NOTE || word.note.trim().is_empty() {
            return Err(refused(JournalError::Note { limit: LONGEST_NOTE }));
        }
        let (intent, _) = self.read(id).await?.ok_or_else(|| refused(JournalError::NoSuchWrite { id }))?;
        let claim = tokio::time::timeout(SETTLE_LOCK_TIMEOUT, self.claims.in_turn([intent.name()])).await;
        let claim = claim.map_err(|_| refused(JournalError::Busy))?;
        // Read again: whoever had it until now may have ended it.
        let (intent, standing) = self.read(id).await?.ok_or_else(|| refused(JournalError::NoSuchWrite { id }))?;
        if !standing.state.is_open() && !standing.state.is_stuck() {
            return Err(refused(JournalError::Ended { id }));
        }
        // Nor does a person conclude it while it may leave.
        if let (false, MayLeave::For(left)) = (word.applied, self.may_leave(&standing)) {
            tokio::time::sleep(left).await;
        }
        let by = Evidence::Operator { by: word.by, note: word.note.clone() };
        let state = if word.applied {
            State::Applied { receipt: by_word(&standing.state, &intent, word.document), by }
        } else {
            State::NotApplied { failure: Failure::new("write.settled", ErrorClass::Rejected, word.note), by }
        };
        let told = intent.clone();
        let entry = Entry::again(self, claim, id, intent, standing);
        let standing = entry.become_state(state).await?;
        Ok(WriteRecord::of(id, &told, &standing))
    }
}

/// The receipt of a write that a person says was carried out: the provider's where there is one, which nobody has seen
/// otherwise. What the provider did not say is not said for it.
fn by_word(state: &State, intent: &Intent, document: Option<String>) -> Receipt {
    let mut receipt = match state {
        State::Applied { receipt, .. } => receipt.clone(),
        _ => Receipt::new(intent.write.reference().clone(), Progress::Done),
    };
    receipt.progress = Progress::Done;
    receipt.document = document.or(receipt.document);
    receipt
}

impl State {
    /// Whether it was taken as a document that a person must act on.
    fn is_stuck(&self) -> bool {
        matches!(self, State::Applied { receipt, .. } if receipt.progress == Progress::Stuck)
    }
}

fn decoded<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, JournalError> {
    decode(bytes).map_err(|error| super::StoreError::from(error).into())
}
