//! What the parent asks of a child, and what a child tells: JSON, in its arguments and line by line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use stockbridge::journal::{Failpoint, WriteRecord};
use stockbridge::{Reference, Write};
use stockbridge_tests::{Provider, orders};

/// What every reference begins with, so that it is found in whatever was sent.
const MARK: &str = "crash";
/// How long a reference is: the flagship edition takes twenty characters.
const LENGTH: usize = 16;

/// What a child does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The simulator's.
    pub(super) address: String,
    pub(super) journal: PathBuf,
    pub(super) cache: PathBuf,
    pub(super) orders: Vec<Order>,
    pub(super) end: End,
    pub(super) full: Option<Full>,
    pub(super) jumps: Option<Jumps>,
    /// Of each account, in requests a minute.
    pub(super) rate: u32,
    /// Whether flagship writes carry the marker by which they are found again.
    pub(super) marked: bool,
}

/// How a child comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum End {
    /// It kills itself at this visit of this point.
    At {
        /// In [`Failpoint::ALL`].
        point: usize,
        visit: u32,
    },
    /// Its parent kills it.
    Killed,
    /// Nobody does: it waits until the host has done what it does by itself, tells what the journal has, and orders then.
    InPeace,
}

impl End {
    pub(super) fn at(point: Failpoint, visit: u32) -> End {
        End::At { point: Failpoint::ALL.iter().position(|one| *one == point).unwrap(), visit }
    }
}

/// A disk without room: no file grows beyond so many bytes, nor is written there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Full {
    pub(super) beyond: u64,
    /// Whether it is so before the host starts.
    pub(super) from_the_start: bool,
    /// After how many milliseconds there is room again, if there is.
    pub(super) until: Option<u64>,
}

/// A clock on the wall that is wrong, and is set again in the middle of the child's life, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Jumps {
    /// By how much it is ahead at first, and then.
    pub(super) ahead: [i64; 2],
    /// After how long it is set.
    pub(super) after: u64,
}

/// An order, the same whenever it is made again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// In [`Provider::ALL`].
    provider: usize,
    /// In what the provider takes.
    kind: usize,
    pub(super) reference: String,
}

impl Order {
    /// The number of a round's order, of a provider and a kind by chance.
    pub(super) fn random(random: &mut fastrand::Rng, number: usize) -> Order {
        let provider = random.usize(..Provider::ALL.len());
        let kind = random.usize(..orders(Provider::ALL[provider]).len());
        Order { provider, kind, reference: format!("{MARK}{number:0width$}", width = LENGTH - MARK.len()) }
    }

    pub(super) fn provider(&self) -> Provider {
        Provider::ALL[self.provider]
    }

    /// It, with its reference at a place that its provider keeps.
    pub(super) fn write(&self) -> Write {
        let reference: Reference = self.reference.parse().unwrap();
        match orders(self.provider()).swap_remove(self.kind) {
            Write::Transfer(mut order) => {
                order.remark = Some(reference.to_string());
                order.reference = reference;
                Write::Transfer(order)
            }
            Write::Adjust(mut order) => {
                order.reference = reference;
                Write::Adjust(order)
            }
            Write::Occupy(mut order) => {
                order.document = reference.to_string();
                order.reference = reference;
                Write::Occupy(order)
            }
        }
    }
}

/// The first reference in a text.
pub(super) fn reference_in(text: &str) -> Option<&str> {
    let from = text.find(MARK)?;
    text.get(from..from + LENGTH)
}

/// A line of a child's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Line {
    /// The host has started.
    Ready,
    /// It has not.
    Refused(String),
    /// What a caller was told of an order.
    Told { reference: String, came: Told },
    /// What the journal has once the host has done what it does by itself: before the last orders, and after them.
    Listed(Box<WriteRecord>, When),
    /// All callers were told.
    Done,
}

/// Of an outcome that a caller was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Told {
    /// With the provider's number, where it has one.
    Applied(Option<String>),
    /// With the error's code.
    NotApplied(String),
    Unknown(String),
}

/// When a record was listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum When {
    Before,
    After,
}
