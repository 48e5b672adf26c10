//! The provider's ledger: received and applied writes of each reference.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The provider's reaction to a reference that it has applied before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// It drops the write and answers with the first one's document.
    Deduplicated,
    /// The same for this long after the first application; later it applies the write again.
    DeduplicatedFor(Duration),
    /// It rejects the write, with a reason.
    Refused,
    /// It applies the write again.
    CarriedOut,
}

/// The ledger's entry for a reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The operation of the first write, by its name in the contract.
    pub operation: String,
    /// A document for each time that the write was applied.
    pub documents: Vec<String>,
    /// Number of received writes.
    pub writes: usize,
    /// Number of received look-ups.
    pub look_ups: usize,
    /// Number of writes in progress.
    working: usize,
    /// Time of the first application.
    applied_at: Option<Instant>,
    /// Time from which look-ups see the application.
    visible: Option<Instant>,
}

/// Answer to a look-up.
pub(super) enum LookUpState {
    Applied(String),
    Working,
    Nothing,
}

/// Result of applying a write now.
pub(super) enum Application {
    /// It has this document, which may be that of an earlier write.
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

    /// Accepts a write, for [`Ledger::apply`] to apply.
    pub(super) fn take(&mut self, app: &str, reference: &str) {
        self.of(app, reference).working += 1;
    }

    /// Applies an accepted write, unless the provider drops or rejects repeats.
    pub(super) fn apply(&mut self, app: &str, reference: &str, hidden: Duration) -> Application {
        let (repeats, document) = (self.repeats, format!("D{}", self.documents + 1));
        let kept = self.of(app, reference);
        kept.working -= 1;
        match (repeats, kept.documents.first()) {
            (Repeats::Refused, Some(_)) => Application::Refused,
            (Repeats::DeduplicatedFor(window), Some(first))
                if kept.applied_at.is_some_and(|then| then.elapsed() < window) =>
            {
                Application::As { document: first.clone(), repeated: true }
            }
            (Repeats::Deduplicated, Some(first)) => Application::As { document: first.clone(), repeated: true },
            _ => {
                kept.documents.push(document.clone());
                kept.applied_at.get_or_insert_with(Instant::now);
                kept.visible.get_or_insert_with(|| Instant::now() + hidden);
                self.documents += 1;
                Application::As { document, repeated: false }
            }
        }
    }

    pub(super) fn look_up_state(&mut self, app: &str, reference: &str) -> LookUpState {
        let kept = self.of(app, reference);
        match kept.documents.first() {
            Some(first) if kept.visible.is_none_or(|visible| visible <= Instant::now()) => {
                LookUpState::Applied(first.clone())
            }
            None if kept.working > 0 => LookUpState::Working,
            _ => LookUpState::Nothing,
        }
    }
}
