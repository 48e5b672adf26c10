//! The ledger as tests and `GET /_simulator/ledger` see it.

use rust_decimal::Decimal;
use serde::Serialize;

use super::documents::{Document, as_text};
use super::lots::Figures;
use super::{Ledger, PoolStock};
use crate::china_time;
use crate::stock::codes::{Condition, Packaging};

/// A copy of the whole ledger. As JSON, decimals are texts with four places.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LedgerView {
    /// Every lot of goods, by warehouse and item.
    pub stock: Vec<StockView>,
    /// The stock of virtual warehouses.
    pub pools: Vec<PoolView>,
    /// The documents, the newest last.
    pub documents: Vec<Document>,
}

/// One lot. An empty text means none.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StockView {
    /// Its warehouse.
    pub warehouse: String,
    /// Its item.
    pub item: String,
    /// Its condition, by TOP's code.
    pub condition: Condition,
    /// Its owner.
    pub owner: String,
    /// Its packaging.
    pub packaging: Packaging,
    /// Its barcode.
    pub barcode: String,
    /// Its specification.
    pub specification: String,
    /// Its batch.
    pub batch: String,
    /// Its position.
    pub position: String,
    /// Its expiry date, `yyyy-MM-dd`.
    pub expiry: String,
    /// Its quantity.
    #[serde(serialize_with = "as_text")]
    pub on_hand: Decimal,
    /// The part of it that is held.
    #[serde(serialize_with = "as_text")]
    pub reserved: Decimal,
    /// The part of it that is not held.
    #[serde(serialize_with = "as_text")]
    pub available: Decimal,
    /// When it last changed, in Asia/Shanghai.
    pub changed: String,
}

/// One virtual warehouse's stock of one item.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PoolView {
    /// The virtual warehouse.
    pub pool: String,
    /// The real warehouse under it.
    pub warehouse: String,
    /// The item.
    pub item: String,
    /// Held for no document.
    #[serde(serialize_with = "as_text")]
    pub free: Decimal,
    /// Set aside for documents.
    #[serde(serialize_with = "as_text")]
    pub set_aside: Decimal,
}

impl LedgerView {
    /// Quantity of the item in the warehouse, over all its lots.
    pub fn on_hand(&self, warehouse: &str, item: &str) -> Decimal {
        self.figures(warehouse, item).on_hand
    }

    /// The part of that which is held.
    pub fn reserved(&self, warehouse: &str, item: &str) -> Decimal {
        self.figures(warehouse, item).reserved
    }

    /// The part of that which is not held.
    pub fn available(&self, warehouse: &str, item: &str) -> Decimal {
        self.figures(warehouse, item).available()
    }

    /// The virtual warehouse's stock of the item that is held for no document.
    pub fn pool_free(&self, pool: &str, item: &str) -> Decimal {
        let of = self.pools.iter().filter(|row| row.pool == pool && row.item == item);
        of.map(|row| row.free).sum()
    }

    fn figures(&self, warehouse: &str, item: &str) -> Figures {
        let mut sum = Figures::default();
        let lots = self.stock.iter().filter(|lot| lot.warehouse == warehouse && lot.item == item);
        lots.for_each(|lot| sum.add(Figures { on_hand: lot.on_hand, reserved: lot.reserved }));
        sum
    }
}

impl Ledger {
    /// A copy of everything.
    pub(crate) fn view(&self) -> LedgerView {
        LedgerView { stock: self.stock_view(), pools: self.pool_view(), documents: self.documents.all() }
    }

    fn stock_view(&self) -> Vec<StockView> {
        let lots = self.shelves.iter().flat_map(|(place, shelf)| shelf.lots.iter().map(move |lot| (place, lot)));
        let view = lots.map(|(place, lot)| {
            let attributes = lot.attributes.clone();
            StockView {
                warehouse: place.warehouse.to_string(),
                item: place.item.to_string(),
                condition: attributes.condition,
                owner: attributes.owner,
                packaging: attributes.packaging,
                barcode: attributes.barcode,
                specification: attributes.specification,
                batch: attributes.batch,
                position: attributes.position,
                expiry: attributes.expiry,
                on_hand: lot.figures.on_hand,
                reserved: lot.figures.reserved,
                available: lot.figures.available(),
                changed: china_time::date_time(lot.changed),
            }
        });
        view.collect()
    }

    fn pool_view(&self) -> Vec<PoolView> {
        let rows = self.pool_rows().into_iter().map(|row| {
            let PoolStock { free, set_aside } = row.stock;
            let (pool, warehouse) = (row.pool_no.to_owned(), row.warehouse_no.to_string());
            PoolView { pool, warehouse, item: row.item_no.to_string(), free, set_aside }
        });
        rows.collect()
    }
}
