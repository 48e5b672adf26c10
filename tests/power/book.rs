//! What callers ordered, and what they were told before the power went.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use stockbridge::{Outcome, Receipt, TransferLine, TransferOrder, WriteFailure};

/// What a caller was told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Nothing,
    Receipt {
        receipt: Receipt,
        /// The disk took all that it was given: the receipt is durable.
        durable: bool,
    },
    NotApplied,
    Unknown {
        /// Where the disk failed, nothing of it need be there.
        durable: bool,
    },
}

/// A write of a caller's.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) order: TransferOrder,
    pub(crate) told: Told,
    /// A caller waits for it.
    waited_for: bool,
}

#[derive(Default)]
pub(crate) struct Book(Mutex<BTreeMap<String, Page>>);

impl Book {
    /// A new order, or at times one that was told of before.
    pub(crate) fn order(&self, chance: &mut fastrand::Rng) -> Page {
        let mut pages = self.pages();
        let known: Vec<_> = pages.values_mut().filter(|page| !page.waited_for).collect();
        if chance.u8(0..5) == 0
            && let Some(page) = chance.choice(known)
        {
            page.waited_for = true;
            let before = page.clone();
            if matches!(page.told, Told::NotApplied) {
                page.told = Told::Nothing;
            }
            return before;
        }
        let reference = format!("w-{}", pages.len());
        let lines = vec![TransferLine::new("daj1", 1 + i64::from(chance.u8(..)))];
        let order =
            TransferOrder { reference: reference.parse().unwrap(), lines, ..TransferOrder::between("here", "there") };
        let page = Page { order, told: Told::Nothing, waited_for: true };
        pages.insert(reference, page.clone());
        page
    }

    /// A caller was told this.
    pub(crate) fn told(&self, order: &TransferOrder, came: &Result<Receipt, WriteFailure>, durable: bool) {
        let mut pages = self.pages();
        let page = pages.get_mut(order.reference.as_str()).unwrap();
        page.waited_for = false;
        page.told = match came {
            Ok(_) if matches!(page.told, Told::Receipt { durable: true, .. }) => return,
            Ok(receipt) => Told::Receipt { receipt: receipt.clone(), durable },
            Err(_) if matches!(page.told, Told::Receipt { .. }) => return,
            Err(failure) if failure.outcome() == Outcome::NotApplied => Told::NotApplied,
            Err(_) => Told::Unknown { durable },
        };
    }

    /// Those who waited are gone with their host.
    pub(crate) fn nobody_waits(&self) {
        self.pages().values_mut().for_each(|page| page.waited_for = false);
    }

    pub(crate) fn all(&self) -> Vec<Page> {
        self.pages().values().cloned().collect()
    }

    fn pages(&self) -> MutexGuard<'_, BTreeMap<String, Page>> {
        self.0.lock().unwrap()
    }
}
