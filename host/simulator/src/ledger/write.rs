//! One write under way: its steps, and their rollback.

use std::collections::BTreeMap;
use std::ops::Deref;

use rust_decimal::Decimal;
use time::OffsetDateTime;

use super::documents::Document;
use super::lots::{Selection, Shelf, Shortage};
use super::{Ledger, Place, Pool, Refusal};
use crate::china_time;
use crate::stock::Attributes;
use crate::stock::codes::{ItemNo, WarehouseNo};

/// The ledger, with the steps of a write. The previous state of everything changed is kept for the rollback.
pub(crate) struct Write<'a> {
    ledger: &'a mut Ledger,
    now: OffsetDateTime,
    shelves: BTreeMap<Place, Option<Shelf>>,
    pools: BTreeMap<String, Pool>,
}

impl Deref for Write<'_> {
    type Target = Ledger;

    fn deref(&self) -> &Ledger {
        self.ledger
    }
}

impl<'a> Write<'a> {
    pub(super) fn new(ledger: &'a mut Ledger, now: OffsetDateTime) -> Write<'a> {
        Write { ledger, now, shelves: BTreeMap::new(), pools: BTreeMap::new() }
    }

    pub(super) fn roll_back(self) {
        for (place, shelf) in self.shelves {
            match shelf {
                Some(shelf) => self.ledger.shelves.insert(place, shelf),
                None => self.ledger.shelves.remove(&place),
            };
        }
        self.ledger.pools.extend(self.pools);
    }

    /// Moves goods to another warehouse, unchanged except for the position.
    pub(crate) fn transfer(
        &mut self,
        from: &Place,
        to: &WarehouseNo,
        selection: &Selection,
        quantity: Decimal,
        to_position: Option<String>,
    ) -> Result<(), Refusal> {
        let target = Place { warehouse: to.clone(), item: from.item.clone() };
        let position = to_position.unwrap_or_default();
        self.convert(from, selection, quantity, &target, |goods, part| {
            (Attributes { position: position.clone(), ..goods }, part)
        })
    }

    /// Takes goods away and adds them as changed by `change`, lot by lot.
    pub(crate) fn convert(
        &mut self,
        from: &Place,
        selection: &Selection,
        quantity: Decimal,
        to: &Place,
        change: impl Fn(Attributes, Decimal) -> (Attributes, Decimal),
    ) -> Result<(), Refusal> {
        let now = self.now;
        let parts = self.shelf(from).take(selection, quantity, now).map_err(|short| refusal(from, &short))?;
        for (goods, part) in parts {
            let (goods, part) = change(goods, part);
            self.shelf(to).put(goods, part, now);
        }
        Ok(())
    }

    /// Holds goods where they are.
    pub(crate) fn hold(&mut self, place: &Place, selection: &Selection, quantity: Decimal) -> Result<(), Refusal> {
        let now = self.now;
        self.shelf(place).hold(selection, quantity, now).map_err(|short| refusal(place, &short))
    }

    /// Sets the selected goods to the counted quantity.
    pub(crate) fn count(&mut self, place: &Place, selection: &Selection, counted: Decimal, new_lot: Attributes) {
        let barcode = self.ledger.items.get(&place.item).map(|item| item.barcode.clone());
        let new_lot = Attributes { barcode: barcode.unwrap_or_default(), ..new_lot };
        let now = self.now;
        self.shelf(place).count(selection, counted, new_lot, now);
    }

    /// Refuses a batch that no goods of the item in that warehouse have.
    pub(crate) fn batch(&self, place: &Place, batch: &str) -> Result<(), Refusal> {
        let lots = self.ledger.shelves.get(place).map(|shelf| shelf.lots.iter());
        let is_known = lots.into_iter().flatten().any(|lot| lot.attributes.batch == batch);
        if is_known { Ok(()) } else { Err(Refusal::Batch(batch.to_owned())) }
    }

    /// The pool's stock of the item that is held for no document.
    pub(crate) fn pool_free(&self, pool: &str, item: &ItemNo) -> Result<Decimal, Refusal> {
        let pool = self.ledger.pools.get(pool).ok_or_else(|| Refusal::Pool(pool.to_owned()))?;
        Ok(pool.stock.get(item).map(|stock| stock.free).unwrap_or_default())
    }

    /// Sets aside stock of a pool for a document. The goods are held in the pool's warehouse and stay there.
    pub(crate) fn set_aside(&mut self, pool: &str, item: &ItemNo, quantity: Decimal) -> Result<(), Refusal> {
        let warehouse = self.draw_from_pool(pool, item, quantity)?;
        self.hold(&Place { warehouse, item: item.clone() }, &Selection::sound(), quantity)?;
        self.pool(pool)?.stock.entry(item.clone()).or_default().set_aside += quantity;
        Ok(())
    }

    /// Moves goods of the pool's warehouse that no pool holds into the pool.
    pub(crate) fn lock_into_pool(
        &mut self,
        pool: &str,
        warehouse: &WarehouseNo,
        item: &ItemNo,
        quantity: Decimal,
    ) -> Result<(), Refusal> {
        if self.pool(pool)?.warehouse != *warehouse {
            return Err(Refusal::PoolsApart);
        }
        let place = Place { warehouse: warehouse.clone(), item: item.clone() };
        let available = self.ledger.shelves.get(&place).map(|shelf| shelf.figures(&Selection::sound()).available());
        let public = available.unwrap_or_default() - self.ledger.kept_back(warehouse, item);
        if public < quantity {
            return Err(Refusal::NotEnough { item: item.clone(), available: public });
        }
        self.pool(pool)?.stock.entry(item.clone()).or_default().free += quantity;
        Ok(())
    }

    /// Moves a pool's stock to another pool over the same warehouse.
    pub(crate) fn move_between_pools(
        &mut self,
        from: &str,
        to: &str,
        item: &ItemNo,
        quantity: Decimal,
    ) -> Result<(), Refusal> {
        let warehouse = self.draw_from_pool(from, item, quantity)?;
        let target = self.pool(to)?;
        if target.warehouse != warehouse {
            return Err(Refusal::PoolsApart);
        }
        target.stock.entry(item.clone()).or_default().free += quantity;
        Ok(())
    }

    /// Files the document of this write; its number is derived from the count of earlier ones.
    pub(crate) fn file(&mut self, mut document: Document, number: impl FnOnce(u64) -> String) -> String {
        document.number = number(self.ledger.documents.next());
        document.created = china_time::date_time(self.now);
        let number = document.number.clone();
        self.ledger.documents.file(document);
        number
    }

    /// The moment of this write.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.now
    }

    fn draw_from_pool(&mut self, pool: &str, item: &ItemNo, quantity: Decimal) -> Result<WarehouseNo, Refusal> {
        let pool = self.pool(pool)?;
        let stock = pool.stock.entry(item.clone()).or_default();
        if stock.free < quantity {
            return Err(Refusal::NotEnough { item: item.clone(), available: stock.free });
        }
        stock.free -= quantity;
        Ok(pool.warehouse.clone())
    }

    fn shelf(&mut self, place: &Place) -> &mut Shelf {
        if !self.shelves.contains_key(place) {
            self.shelves.insert(place.clone(), self.ledger.shelves.get(place).cloned());
        }
        self.ledger.shelf(place.clone(), self.now)
    }

    fn pool(&mut self, no: &str) -> Result<&mut Pool, Refusal> {
        let pool = self.ledger.pools.get_mut(no).ok_or_else(|| Refusal::Pool(no.to_owned()))?;
        self.pools.entry(no.to_owned()).or_insert_with(|| pool.clone());
        Ok(pool)
    }
}

fn refusal(place: &Place, shortage: &Shortage) -> Refusal {
    Refusal::NotEnough { item: place.item.clone(), available: shortage.available }
}
