//! Stock as the gateways' queries see it: rows of item and warehouse.

use time::OffsetDateTime;

use super::lots::{Figures, Lot, Selection, Shelf};
use super::{Ledger, Place, PoolStock};
use crate::stock::codes::{ItemNo, WarehouseNo};
use crate::stock::{Item, Warehouse};

/// Selection of rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowQuery {
    pub(crate) warehouse: Option<WarehouseNo>,
    /// All if empty.
    pub(crate) items: Vec<ItemNo>,
    pub(crate) barcode: Option<String>,
    /// Changed within, both ends included.
    pub(crate) changed: Option<(OffsetDateTime, OffsetDateTime)>,
    pub(crate) without_deleted: bool,
}

/// The goods that one row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowsBy {
    /// All goods of an item in a warehouse.
    Item,
    /// Sound and defective goods apart.
    Quality,
    /// Goods of different specification apart.
    Specification,
}

/// One row.
pub(crate) struct Row<'a> {
    /// The row's number, constant while the simulator runs. Rows that differ only in specification share it.
    pub(crate) number: u64,
    pub(crate) warehouse_no: &'a WarehouseNo,
    pub(crate) warehouse: &'a Warehouse,
    pub(crate) item_no: &'a ItemNo,
    pub(crate) item: &'a Item,
    pub(crate) defective: bool,
    pub(crate) specification: &'a str,
    pub(crate) figures: Figures,
    pub(crate) created: OffsetDateTime,
    pub(crate) changed: OffsetDateTime,
    pub(crate) lots: Vec<&'a Lot>,
}

/// A virtual warehouse's stock of one item.
pub(crate) struct PoolRow<'a> {
    pub(crate) number: u64,
    pub(crate) pool_id: u64,
    pub(crate) pool_no: &'a str,
    pub(crate) pool_name: &'a str,
    pub(crate) warehouse_no: &'a WarehouseNo,
    pub(crate) warehouse: &'a Warehouse,
    pub(crate) item_no: &'a ItemNo,
    pub(crate) item: &'a Item,
    pub(crate) stock: PoolStock,
    /// The warehouse's stock of it that no pool holds.
    pub(crate) public: rust_decimal::Decimal,
}

impl Ledger {
    /// The rows of a query, always in the same order.
    pub(crate) fn rows(&self, query: &RowQuery, by: RowsBy) -> Vec<Row<'_>> {
        let shelves = self.shelves.iter().filter(|(place, _)| query.is_about(place));
        let rows = shelves.flat_map(|(place, shelf)| self.rows_of(place, shelf, by));
        rows.filter(|row| query.wants(row)).collect()
    }

    fn rows_of<'a>(&'a self, place: &'a Place, shelf: &'a Shelf, by: RowsBy) -> Vec<Row<'a>> {
        let mut rows: Vec<Row<'a>> = Vec::new();
        let warehouse = self.warehouses.get(&place.warehouse);
        let item = self.items.get(&place.item);
        let (Some(warehouse), Some(item)) = (warehouse, item) else {
            return rows;
        };
        for lot in &shelf.lots {
            let defective = by == RowsBy::Quality && lot.attributes.condition.is_defective();
            let specification = if by == RowsBy::Specification { lot.attributes.specification.as_str() } else { "" };
            let same = |row: &&mut Row<'_>| row.defective == defective && row.specification == specification;
            if let Some(row) = rows.iter_mut().find(same) {
                row.figures.add(lot.figures);
                row.changed = row.changed.max(lot.changed);
                row.lots.push(lot);
                continue;
            }
            rows.push(Row {
                number: shelf.number * 2 + u64::from(defective),
                warehouse_no: &place.warehouse,
                warehouse,
                item_no: &place.item,
                item,
                defective,
                specification,
                figures: lot.figures,
                created: shelf.created,
                changed: lot.changed,
                lots: vec![lot],
            });
        }
        rows
    }

    /// Quantity of the item that the virtual warehouses over that warehouse hold for no document.
    pub(super) fn kept_back(&self, warehouse: &WarehouseNo, item: &ItemNo) -> rust_decimal::Decimal {
        let pools = self.pools.values().filter(|pool| pool.warehouse == *warehouse);
        pools.filter_map(|pool| pool.stock.get(item)).map(|stock| stock.free).sum()
    }

    /// The stock of virtual warehouses.
    pub(crate) fn pool_rows(&self) -> Vec<PoolRow<'_>> {
        let mut rows = Vec::new();
        for (pool_no, pool) in &self.pools {
            let Some(warehouse) = self.warehouses.get(&pool.warehouse) else {
                continue;
            };
            for (item_no, stock) in &pool.stock {
                let Some(item) = self.items.get(item_no) else { continue };
                let place = Place { warehouse: pool.warehouse.clone(), item: item_no.clone() };
                let shelf = self.shelves.get(&place);
                let figures = shelf.map(|shelf| shelf.figures(&Selection::sound())).unwrap_or_default();
                rows.push(PoolRow {
                    number: pool.id * 1_000_000 + u64::from(item.id),
                    pool_id: pool.id,
                    pool_no,
                    pool_name: &pool.name,
                    warehouse_no: &pool.warehouse,
                    warehouse,
                    item_no,
                    item,
                    stock: *stock,
                    public: figures.available() - self.kept_back(&pool.warehouse, item_no),
                });
            }
        }
        rows
    }
}

impl RowQuery {
    fn is_about(&self, place: &Place) -> bool {
        self.warehouse.as_ref().is_none_or(|warehouse| *warehouse == place.warehouse)
            && (self.items.is_empty() || self.items.contains(&place.item))
    }

    fn wants(&self, row: &Row<'_>) -> bool {
        let has_barcode = |barcode: &String| {
            row.item.barcode == *barcode || row.lots.iter().any(|lot| lot.attributes.barcode == *barcode)
        };
        self.barcode.as_ref().is_none_or(has_barcode)
            && self.changed.is_none_or(|(start, end)| (start..=end).contains(&row.changed))
            && !(self.without_deleted && row.item.deleted)
    }
}
