//! Results of a write, and of looking up one whose answer was lost.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::WriteId;

use super::{AdjustmentOrder, Extras, Invalid, OccupationOrder, Reference, Timestamp, TransferOrder};

/// The provider's answer to an accepted write.
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
    /// Whether the write had already been carried out under this reference, where the provider reports it.
    pub repeated: Option<bool>,
    /// Provider-specific fields.
    pub extras: Extras,
    /// Set by the host: this receipt is the journal's, and nothing was sent now. None where the order was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_journal: Option<FromJournal>,
}

impl Receipt {
    /// A receipt for this reference and progress, with no other field of the provider.
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

/// Marks the answer to an order that had been carried out before: it comes from the host's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct FromJournal {
    /// Number of the write in the journal.
    pub write: WriteId,
    /// Time at which its receipt was recorded.
    pub recorded: Timestamp,
}

impl FromJournal {
    /// The write of this number, with the time of its receipt.
    #[must_use]
    pub fn new(write: WriteId, recorded: Timestamp) -> FromJournal {
        FromJournal { write, recorded }
    }
}

/// How far an accepted write got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Carried out: the stock has moved.
    Done,
    /// Accepted, to be carried out later, by the provider, a person or an outside warehouse.
    Accepted,
    /// A document exists and needs a person: its audit, or the push to the warehouse after it, failed.
    Stuck,
}

/// A line that the provider left out of an accepted write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct LineFailure {
    /// Index of the line in the order, from 0.
    pub line: usize,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// The provider's own message.
    pub provider_message: Option<String>,
}

impl LineFailure {
    /// The line at this index, from 0, without the provider's code and message.
    #[must_use]
    pub fn new(line: usize) -> LineFailure {
        LineFailure { line, provider_code: None, provider_message: None }
    }
}

/// A write as ordered, of any kind in the contract. Exhaustive: a new kind must break every match on it.
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
    /// Name of the operation, such as `adjust.unpack`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Write::Transfer(_) => "transfer",
            Write::Adjust(order) => order.adjustment.operation(),
            Write::Occupy(_) => "occupy",
        }
    }

    /// The caller's reference for the write.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        match self {
            Write::Transfer(order) => &order.reference,
            Write::Adjust(order) => &order.reference,
            Write::Occupy(order) => &order.reference,
        }
    }

    /// Validates the rules that hold at every provider.
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

/// When and how a write whose answer was lost had been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Time of the first sending.
    pub first_sent: Timestamp,
    /// Time of the last sending.
    pub last_sent: Timestamp,
    /// Key of the write at the provider, if the connector gave one.
    pub key: Option<String>,
}

/// Result of looking up a write whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Carried out.
    Applied(Receipt),
    /// Not carried out, and no longer can be. The text says what was checked.
    NotApplied(String),
    /// The provider may still be working on it: look it up again after this long.
    TooEarly(Duration),
    /// The provider offers no way to find out. The text says what a person can check, and where.
    CannotTell(String),
}
