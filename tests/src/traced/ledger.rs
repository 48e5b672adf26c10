//! What the provider keeps: for each reference what came, and what was carried out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What the provider does with a reference that it has carried out before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// It drops the write and answers with the first one's document.
    Deduplicated,
    /// The same for so long from when it carried the first out; after that it carries the write out once more.
    DeduplicatedFor(Duration),
    /// It refuses the write, and the answer says why.
    Refused,
    /// It carries the write out once more.
    CarriedOut,
}

/// What is kept of a reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The operation, by its name in the contract, of the write that came first.
    pub operation: String,
    /// A document for each time that the write was carried out.
    pub documents: Vec<String>,
    /// How many writes came.
    pub writes: usize,
    /// How many look-ups came.
    pub look_ups: usize,
    /// How many of the writes are being worked on.
    working: usize,
    /// When it was carried out first.
    carried_out: Option<Instant>,
    /// When look-ups see that it was carried out.
    visible: Option<Instant>,
}

/// What a look-up is told.
pub(super) enum Known {
    Applied(String),
    Working,
    Nothing,
}

/// What becomes of a write that is carried out now.
pub(super) enum CarriedOut {
    /// It has this document, and had it before or not.
    As {
        document: String,
        repeated: bool,
    },
    Refused,
}

pub(super) struct Ledger {
    repeats: Repeats,
    pub(super) kept: HashMap<(String, String), Kept>,
    documents: usize,
}

impl Ledger {
    pub(super) fn new(repeats: Repeats) -> Ledger {
        Ledger { repeats, kept: HashMap::new(), documents: 0 }
    }

    pub(super) fn of(&mut self, app: &str, reference: &str) -> &mut Kept {
        self.kept.entry((app.to_owned(), reference.to_owned())).or_default()
    }

    /// A write is taken, to be carried out by [`Ledger::carry_out`].
    pub(super) fn take(&mut self, app: &str, reference: &str) {
        self.of(app, reference).working += 1;
    }

    /// Carries out a write that was taken, as far as the provider does that twice.
    pub(super) fn carry_out(&mut self, app: &str, reference: &str, hidden: Duration) -> CarriedOut {
        let (repeats, document) = (self.repeats, format!("D{}", self.documents + 1));
        let kept = self.of(app, reference);
        kept.working -= 1;
        match (repeats, kept.documents.first()) {
            (Repeats::Refused, Some(_)) => CarriedOut::Refused,
            (Repeats::DeduplicatedFor(window), Some(first))
                if kept.carried_out.is_some_and(|then| then.elapsed() < window) =>
            {
                CarriedOut::As { document: first.clone(), repeated: true }
            }
            (Repeats::Deduplicated, Some(first)) => CarriedOut::As { document: first.clone(), repeated: true },
            _ => {
                kept.documents.push(document.clone());
                kept.carried_out.get_or_insert_with(Instant::now);
                kept.visible.get_or_insert_with(|| Instant::now() + hidden);
                self.documents += 1;
                CarriedOut::As { document, repeated: false }
            }
        }
    }

    pub(super) fn known(&mut self, app: &str, reference: &str) -> Known {
        let kept = self.of(app, reference);
        match kept.documents.first() {
            Some(first) if kept.visible.is_none_or(|visible| visible <= Instant::now()) => {
                Known::Applied(first.clone())
            }
            None if kept.working > 0 => Known::Working,
            _ => Known::Nothing,
        }
    }
}
