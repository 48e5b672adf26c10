//! Messages between parent and child: JSON, in the child's arguments and in its output lines.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use stockbridge::journal::{Failpoint, WriteRecord};
use stockbridge::{Reference, Write};
use stockbridge_tests::{Provider, orders};

/// Prefix of every reference, by which it is found in requests.
const MARK: &str = "crash";
/// Length of a reference: the flagship edition accepts twenty characters.
const LENGTH: usize = 16;

/// Task of a child.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Address of the simulator.
    pub(super) address: String,
    pub(super) journal: PathBuf,
    pub(super) cache: PathBuf,
    pub(super) orders: Vec<Order>,
    pub(super) end: End,
    pub(super) full: Option<Full>,
    pub(super) jumps: Option<Jumps>,
    /// Rate of each account, in requests per minute.
    pub(super) rate: u32,
    /// Whether flagship writes carry the marker by which they are looked up.
    pub(super) marked: bool,
}

/// How a child is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum End {
    /// It kills itself at this visit of this failpoint.
    At {
        /// Index into [`Failpoint::ALL`].
        point: usize,
        visit: u32,
    },
    /// Its parent kills it.
    Killed,
    /// It is not killed: it waits for the recovery, lists the journal, and places its orders afterwards.
    InPeace,
}

impl End {
    pub(super) fn at(point: Failpoint, visit: u32) -> End {
        End::At { point: Failpoint::ALL.iter().position(|one| *one == point).unwrap(), visit }
    }
}

/// A full disk: no file grows beyond this many bytes, and writes beyond them fail.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Full {
    pub(super) beyond: u64,
    /// Whether the disk is full before the host starts.
    pub(super) from_the_start: bool,
    /// Milliseconds after which there is space again, if ever.
    pub(super) until: Option<u64>,
}

/// A wrong wall clock, which is set again during the child's life, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Jumps {
    /// Offsets from the right time: the first one, and the second.
    pub(super) ahead: [i64; 2],
    /// Time until it is set.
    pub(super) after: u64,
}

/// An order, identical whenever it is repeated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Index into [`Provider::ALL`].
    provider: usize,
    /// Index of the operation among those of the provider.
    kind: usize,
    pub(super) reference: String,
}

impl Order {
    /// The round's order of this number, with a random provider and kind.
    pub(super) fn random(random: &mut fastrand::Rng, number: usize) -> Order {
        let provider = random.usize(..Provider::ALL.len());
        let kind = random.usize(..orders(Provider::ALL[provider]).len());
        Order { provider, kind, reference: format!("{MARK}{number:0width$}", width = LENGTH - MARK.len()) }
    }

    pub(super) fn provider(&self) -> Provider {
        Provider::ALL[self.provider]
    }

    /// The write, with its reference in a field that the provider stores.
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

/// An output line of a child.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Line {
    /// The host has started.
    Ready,
    /// The host did not start.
    Refused(String),
    /// Outcome of an order, as its caller got it.
    Outcome { reference: String, outcome: CallerOutcome },
    /// A journal record, listed after the recovery: before the last orders, and after them.
    Listed(Box<WriteRecord>, When),
    /// All callers have their results.
    Done,
}

/// Outcome as a caller got it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum CallerOutcome {
    /// With the provider's number, if it has one.
    Applied(Option<String>),
    /// With the error's code.
    NotApplied(String),
    Unknown(String),
}

/// Time of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum When {
    Before,
    After,
}
