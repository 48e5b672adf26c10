//! Orders of the callers, and the outcomes that they got before the power failed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use stockbridge::{Outcome, Receipt, TransferLine, TransferOrder, WriteFailure};

/// Outcome that a caller got.
#[derive(Clone, Debug)]
pub(crate) enum CallerOutcome {
    Nothing,
    Receipt {
        receipt: Receipt,
        /// The disk accepted every write: the receipt is durable.
        durable: bool,
    },
    NotApplied,
    Unknown {
        /// False if the disk failed: then the journal may have nothing of it.
        durable: bool,
    },
}

/// A caller's write.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) order: TransferOrder,
    pub(crate) outcome: CallerOutcome,
    /// Whether a caller waits for it.
    waited_for: bool,
}

#[derive(Default)]
pub(crate) struct Book(Mutex<BTreeMap<String, Page>>);

impl Book {
    /// A new order, or sometimes a repeated one.
    pub(crate) fn order(&self, chance: &mut fastrand::Rng) -> Page {
        let mut pages = self.pages();
        let known: Vec<_> = pages.values_mut().filter(|page| !page.waited_for).collect();
        if chance.u8(0..5) == 0
            && let Some(page) = chance.choice(known)
        {
            page.waited_for = true;
            let before = page.clone();
            if matches!(page.outcome, CallerOutcome::NotApplied) {
                page.outcome = CallerOutcome::Nothing;
            }
            return before;
        }
        let reference = format!("w-{}", pages.len());
        let lines = vec![TransferLine::new("daj1", 1 + i64::from(chance.u8(..)))];
        let order =
            TransferOrder { reference: reference.parse().unwrap(), lines, ..TransferOrder::between("here", "there") };
        let page = Page { order, outcome: CallerOutcome::Nothing, waited_for: true };
        pages.insert(reference, page.clone());
        page
    }

    /// Records the outcome that a caller got.
    pub(crate) fn record(&self, order: &TransferOrder, result: &Result<Receipt, WriteFailure>, durable: bool) {
        let mut pages = self.pages();
        let page = pages.get_mut(order.reference.as_str()).unwrap();
        page.waited_for = false;
        page.outcome = match result {
            Ok(_) if matches!(page.outcome, CallerOutcome::Receipt { durable: true, .. }) => return,
            Ok(receipt) => CallerOutcome::Receipt { receipt: receipt.clone(), durable },
            Err(_) if matches!(page.outcome, CallerOutcome::Receipt { .. }) => return,
            Err(failure) if failure.outcome() == Outcome::NotApplied => CallerOutcome::NotApplied,
            Err(_) => CallerOutcome::Unknown { durable },
        };
    }

    /// Callers are gone with their host.
    pub(crate) fn release_callers(&self) {
        self.pages().values_mut().for_each(|page| page.waited_for = false);
    }

    pub(crate) fn all(&self) -> Vec<Page> {
        self.pages().values().cloned().collect()
    }

    fn pages(&self) -> MutexGuard<'_, BTreeMap<String, Page>> {
        self.0.lock().unwrap()
    }
}
