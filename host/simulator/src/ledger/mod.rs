//! The one stock ledger behind all four gateways.
//!
//! Models goods, pools and documents, and no protocols. Every write is atomic: it is carried out whole or leaves the ledger
//! unchanged.

mod documents;
mod lots;
mod rows;
mod view;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use time::OffsetDateTime;

use crate::stock::codes::{ItemNo, WarehouseNo};
use crate::stock::{Item, Stock, Warehouse};

pub use documents::{Document, DocumentKind, DocumentLine, DocumentState};
pub(crate) use lots::{Lot, Selection};
pub(crate) use rows::{PoolRow, Row, RowQuery, RowsBy};
pub use view::{LedgerView, PoolView, StockView};
pub(crate) use write::Write;

use documents::Documents;
use lots::Shelf;

/// One item in one warehouse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) warehouse: WarehouseNo,
    pub(crate) item: ItemNo,
}

/// A virtual warehouse.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    id: u64,
    name: String,
    warehouse: WarehouseNo,
    stock: BTreeMap<ItemNo, PoolStock>,
}

/// A pool's stock of one item.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PoolStock {
    /// Reserved for no document.
    pub(crate) free: Decimal,
    /// Set aside for documents.
    pub(crate) set_aside: Decimal,
}

/// Why the ledger refuses a write. Each gateway words it as its provider does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Warehouse(WarehouseNo),
    Item(ItemNo),
    Owner(String),
    Pool(String),
    Batch(String),
    NotEnough {
        item: ItemNo,
        available: Decimal,
    },
    /// The pools are over different warehouses.
    PoolsApart,
    /// The reference was used before.
    Repeated,
}

/// The ledger.
#[derive(Debug)]
pub(crate) struct Ledger {
    warehouses: BTreeMap<WarehouseNo, Warehouse>,
    items: BTreeMap<ItemNo, Item>,
    owners: BTreeSet<String>,
    shelves: BTreeMap<Place, Shelf>,
    pools: BTreeMap<String, Pool>,
    documents: Documents,
}

impl Ledger {
    /// The ledger with this initial stock; entries without a time of change get `now`.
    pub(crate) fn new(stock: Stock, now: OffsetDateTime) -> Ledger {
        let now = whole_second(now);
        let mut ledger = Ledger {
            warehouses: stock.warehouses,
            items: stock.items,
            owners: stock.owners,
            shelves: BTreeMap::new(),
            pools: BTreeMap::new(),
            documents: Documents::default(),
        };
        for lot in stock.lots {
            let changed = lot.changed.unwrap_or(now);
            let shelf = ledger.shelf(Place { warehouse: lot.warehouse, item: lot.item }, changed);
            shelf.put(lot.attributes.clone(), lot.on_hand, changed);
            for own in shelf.lots.iter_mut().filter(|own| own.attributes == lot.attributes) {
                own.figures.reserved = lot.reserved;
            }
        }
        for (pool, id) in stock.pools.into_iter().zip(1..) {
            let kept = |free| PoolStock { free, set_aside: Decimal::ZERO };
            let stock = pool.quantities.into_iter().map(|(item, free)| (item, kept(free))).collect();
            ledger.pools.insert(pool.no, Pool { id, name: pool.name, warehouse: pool.warehouse, stock });
        }
        ledger
    }

    /// Carries out a write: everything that `steps` does, or nothing if it refuses.
    pub(crate) fn write<T, E>(
        &mut self,
        now: OffsetDateTime,
        steps: impl FnOnce(&mut Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut write = Write::new(self, whole_second(now));
        let result = steps(&mut write);
        if result.is_err() {
            write.roll_back();
        }
        result
    }

    /// All warehouses, by their number.
    pub(crate) fn warehouses(&self) -> impl Iterator<Item = (&WarehouseNo, &Warehouse)> {
        self.warehouses.iter()
    }

    /// The warehouse of that number.
    pub(crate) fn warehouse(&self, no: &str) -> Result<WarehouseNo, Refusal> {
        let no = WarehouseNo::from(no);
        if self.warehouses.contains_key(&no) { Ok(no) } else { Err(Refusal::Warehouse(no)) }
    }

    /// The warehouse with that id.
    pub(crate) fn warehouse_by_id(&self, id: &str) -> Result<WarehouseNo, Refusal> {
        let found = self.warehouses.iter().find(|(_, warehouse)| warehouse.id.to_string() == id);
        found.map(|(no, _)| no.clone()).ok_or_else(|| Refusal::Warehouse(WarehouseNo::from(id)))
    }

    /// The item of that number, unless it was deleted.
    pub(crate) fn item(&self, no: &str) -> Result<(ItemNo, &Item), Refusal> {
        let no = ItemNo::from(no);
        match self.items.get(&no) {
            Some(item) if !item.deleted => Ok((no, item)),
            _ => Err(Refusal::Item(no)),
        }
    }

    /// Checks that the owner exists.
    pub(crate) fn owner(&self, code: &str) -> Result<(), Refusal> {
        if self.owners.contains(code) { Ok(()) } else { Err(Refusal::Owner(code.to_owned())) }
    }

    /// The documents, the newest last.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter()
    }

    /// Whether that method created a document under that reference.
    pub(crate) fn has_document(&self, method: &str, reference: &str) -> bool {
        self.documents.has(method, reference)
    }

    fn shelf(&mut self, place: Place, now: OffsetDateTime) -> &mut Shelf {
        let number = u64::try_from(self.shelves.len()).unwrap_or_default() + 1;
        self.shelves.entry(place).or_insert_with(|| Shelf { number, created: now, lots: Vec::new() })
    }
}

/// Vendors' times of change have whole seconds, and windows are closed at both ends: with a fraction, a row would be later
/// than its displayed second.
fn whole_second(moment: OffsetDateTime) -> OffsetDateTime {
    moment.replace_nanosecond(0).unwrap_or(moment)
}
