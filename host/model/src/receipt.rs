//! What comes back from a write, and what became of one whose answer was lost.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::WriteId;

use super::{AdjustmentOrder, Extras, Invalid, OccupationOrder, Reference, Timestamp, TransferOrder};

/// The provider's answer to a write that it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Receipt {
    /// The reference that the write was sent under.
    pub reference: Reference,
    /// The provider's document number, where it gives one.
    pub document: Option<String>,
    /// How far the write got.
    pub progress: Progress,
    /// Lines that the provider left out.
    pub failed: Vec<LineFailure>,
    /// Whether the write had been carried out before under the same reference, where the provider tells.
    pub repeated: Option<bool>,
    /// What else the provider said.
    pub extras: Extras,
    /// The host's own word: that this receipt is what its journal has, and nothing was sent for it now. None where the
    /// order was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_journal: Option<FromJournal>,
}

impl Receipt {
    /// For the write of this reference, which got so far; with nothing else that the provider said.
    #[must_use]
    pub fn new(reference: Reference, progress: Progress) -> Receipt {
        Receipt {
            reference,
            document: None,
            progress,
            failed: Vec::new(),
            repeated: None,
            extras: Extras::new(),
            from_journal: None,
        }
    }
}

/// That an order had been carried out before, and was answered with what the host's journal has of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct FromJournal {
    /// The write's number in the journal.
    pub write: WriteId,
    /// When its receipt was recorded.
    pub recorded: Timestamp,
}

impl FromJournal {
    /// Of the write of this number, recorded then.
    #[must_use]
    pub fn new(write: WriteId, recorded: Timestamp) -> FromJournal {
        FromJournal { write, recorded }
    }
}

/// How far a write got that the provider took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Carried out: the stock has moved.
    Done,
    /// Taken, to be carried out later, by the provider, a person or an outside warehouse.
    Accepted,
    /// A document exists and a person must act on it: its audit, or the push to the warehouse after it, failed.
    Stuck,
}

/// A line that the provider left out of a write that it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct LineFailure {
    /// Its place in the order, counted from 0.
    pub line: usize,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// The provider's own words.
    pub provider_message: Option<String>,
}

impl LineFailure {
    /// Of this line, counted from 0, without the provider's words.
    #[must_use]
    pub fn new(line: usize) -> LineFailure {
        LineFailure { line, provider_code: None, provider_message: None }
    }
}

/// A write as it was ordered. All kinds that the contract has: who handles each must not miss one, so a new kind breaks them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Write {
    /// A transfer.
    Transfer(TransferOrder),
    /// An adjustment.
    Adjust(AdjustmentOrder),
    /// An occupation.
    Occupy(OccupationOrder),
}

impl Write {
    /// The name of the operation: `adjust.unpack`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Write::Transfer(_) => "transfer",
            Write::Adjust(order) => order.adjustment.operation(),
            Write::Occupy(_) => "occupy",
        }
    }

    /// The caller's own number of it.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        match self {
            Write::Transfer(order) => &order.reference,
            Write::Adjust(order) => &order.reference,
            Write::Occupy(order) => &order.reference,
        }
    }

    /// Checks what holds at every provider.
    ///
    /// # Errors
    /// A field is missing, too long or of a value that no provider takes: [`Invalid`] names its path.
    pub fn validate(&self) -> Result<(), Invalid> {
        match self {
            Write::Transfer(order) => order.validate(),
            Write::Adjust(order) => order.validate(),
            Write::Occupy(order) => order.validate(),
        }
    }
}

impl From<TransferOrder> for Write {
    fn from(order: TransferOrder) -> Write {
        Write::Transfer(order)
    }
}

impl From<AdjustmentOrder> for Write {
    fn from(order: AdjustmentOrder) -> Write {
        Write::Adjust(order)
    }
}

impl From<OccupationOrder> for Write {
    fn from(order: OccupationOrder) -> Write {
        Write::Occupy(order)
    }
}

/// What is known about the sending of a write whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it was first sent.
    pub first_sent: Timestamp,
    /// When it was last sent.
    pub last_sent: Timestamp,
    /// The key under which the provider knows it, if the connector gave one.
    pub key: Option<String>,
}

/// What became of a write whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It was carried out.
    Applied(Receipt),
    /// It was not, and no longer can be. The text says what was looked at.
    NotApplied(String),
    /// The provider may still be working on it: ask again after so long.
    TooEarly(Duration),
    /// The provider offers no way to tell. The text says what a person can check, and where.
    CannotTell(String),
}
