//! The goods of one item in one warehouse, lot by lot, and the operations on them.

use rust_decimal::Decimal;
use time::OffsetDateTime;

use crate::stock::Attributes;
use crate::stock::codes::{Condition, Packaging};

/// A quantity, and the part of it that is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) on_hand: Decimal,
    pub(crate) reserved: Decimal,
}

impl Figures {
    /// The quantity that can still be sold, moved or held. Every displayed available figure is this one.
    pub(crate) fn available(self) -> Decimal {
        self.on_hand - self.reserved
    }

    pub(crate) fn add(&mut self, other: Figures) {
        self.on_hand += other.on_hand;
        self.reserved += other.reserved;
    }
}

/// Identical goods.
#[derive(Clone, Debug)]
pub(crate) struct Lot {
    pub(crate) attributes: Attributes,
    pub(crate) figures: Figures,
    pub(crate) changed: OffsetDateTime,
}

/// Selection of lots. `None` means any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Defective or sound, where only that is given.
    pub(crate) defective: Option<bool>,
    pub(crate) condition: Option<Condition>,
    pub(crate) owner: Option<String>,
    pub(crate) packaging: Option<Packaging>,
    pub(crate) barcode: Option<String>,
    pub(crate) specification: Option<String>,
    pub(crate) batch: Option<String>,
    pub(crate) position: Option<String>,
    pub(crate) expiry: Option<String>,
}

impl Selection {
    /// All sound goods.
    pub(crate) fn sound() -> Selection {
        Selection { defective: Some(false), ..Selection::default() }
    }

    pub(crate) fn matches(&self, lot: &Attributes) -> bool {
        fn agrees<T: PartialEq>(requested: &Option<T>, own: &T) -> bool {
            requested.as_ref().is_none_or(|requested| requested == own)
        }
        agrees(&self.defective, &lot.condition.is_defective())
            && agrees(&self.condition, &lot.condition)
            && agrees(&self.owner, &lot.owner)
            && agrees(&self.packaging, &lot.packaging)
            && agrees(&self.barcode, &lot.barcode)
            && agrees(&self.specification, &lot.specification)
            && agrees(&self.batch, &lot.batch)
            && agrees(&self.position, &lot.position)
            && agrees(&self.expiry, &lot.expiry)
    }
}

/// The lots of one item in one warehouse.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    /// The row's number, constant while the simulator runs.
    pub(crate) number: u64,
    pub(crate) created: OffsetDateTime,
    /// Sorted by attributes: sound goods come first and are taken first.
    pub(crate) lots: Vec<Lot>,
}

/// Less is available than requested.
pub(crate) struct Shortage {
    pub(crate) available: Decimal,
}

impl Shelf {
    pub(crate) fn figures(&self, selection: &Selection) -> Figures {
        let mut sum = Figures::default();
        self.lots.iter().filter(|lot| selection.matches(&lot.attributes)).for_each(|lot| sum.add(lot.figures));
        sum
    }

    /// Takes goods away, lot after lot, and returns the parts.
    pub(crate) fn take(
        &mut self,
        selection: &Selection,
        quantity: Decimal,
        now: OffsetDateTime,
    ) -> Result<Vec<(Attributes, Decimal)>, Shortage> {
        self.draw(selection, quantity, now, |figures, part| figures.on_hand -= part)
    }

    /// Holds goods where they are.
    pub(crate) fn hold(
        &mut self,
        selection: &Selection,
        quantity: Decimal,
        now: OffsetDateTime,
    ) -> Result<(), Shortage> {
        self.draw(selection, quantity, now, |figures, part| figures.reserved += part).map(|_| ())
    }

    fn draw(
        &mut self,
        selection: &Selection,
        quantity: Decimal,
        now: OffsetDateTime,
        change: impl Fn(&mut Figures, Decimal),
    ) -> Result<Vec<(Attributes, Decimal)>, Shortage> {
        let available = self.figures(selection).available();
        if available < quantity {
            return Err(Shortage { available });
        }
        let mut parts = Vec::new();
        let mut missing = quantity;
        for lot in self.lots.iter_mut().filter(|lot| selection.matches(&lot.attributes)) {
            let part = lot.figures.available().min(missing);
            if part > Decimal::ZERO {
                change(&mut lot.figures, part);
                lot.changed = now;
                missing -= part;
                parts.push((lot.attributes.clone(), part));
            }
        }
        // A count can leave a lot with less than is held of it; other lots do not make up for that.
        if missing > Decimal::ZERO { Err(Shortage { available: quantity - missing }) } else { Ok(parts) }
    }

    /// Adds goods.
    pub(crate) fn put(&mut self, attributes: Attributes, quantity: Decimal, now: OffsetDateTime) {
        match self.lots.binary_search_by(|lot| lot.attributes.cmp(&attributes)) {
            Ok(found) => {
                if let Some(lot) = self.lots.get_mut(found) {
                    lot.figures.on_hand += quantity;
                    lot.changed = now;
                }
            }
            Err(place) => {
                let figures = Figures { on_hand: quantity, reserved: Decimal::ZERO };
                self.lots.insert(place, Lot { attributes, figures, changed: now });
            }
        }
    }

    /// Sets the total to the counted quantity. A surplus goes to the first lot, or to a new one if there is none; a
    /// shortfall is taken from the last ones. Held goods stay held: a count below them makes the available figure negative,
    /// because the count is the truth.
    pub(crate) fn count(&mut self, selection: &Selection, counted: Decimal, new_lot: Attributes, now: OffsetDateTime) {
        let difference = counted - self.figures(selection).on_hand;
        if difference > Decimal::ZERO {
            let first = self.lots.iter().find(|lot| selection.matches(&lot.attributes));
            let attributes = first.map_or(new_lot, |lot| lot.attributes.clone());
            return self.put(attributes, difference, now);
        }
        let mut surplus = -difference;
        for lot in self.lots.iter_mut().rev().filter(|lot| selection.matches(&lot.attributes)) {
            let part = lot.figures.on_hand.min(surplus);
            lot.figures.on_hand -= part;
            surplus -= part;
            lot.changed = now;
        }
    }
}
