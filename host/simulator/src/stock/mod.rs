//! Initial stock of the simulator: the TOML file, and the checks that make it a [`Stock`].
//!
//! The built-in stock is such a file too, `default.toml`; it documents the format. Every mistake is reported with file,
//! line and key.

pub(crate) mod codes;
mod format;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use toml::Spanned;

use codes::{Condition, ItemNo, Packaging, WarehouseNo};
use format::{File, ItemEntry, PoolEntry, Quantity, SeriesEntry, StockEntry, WarehouseEntry};

use crate::china_time;

const DEFAULT: &str = include_str!("default.toml");

/// A stock file that was read and checked.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    pub(crate) warehouses: BTreeMap<WarehouseNo, Warehouse>,
    pub(crate) owners: BTreeSet<String>,
    pub(crate) items: BTreeMap<ItemNo, Item>,
    pub(crate) lots: Vec<StartingLot>,
    pub(crate) pools: Vec<StartingPool>,
}

/// A warehouse as the vendors' rows describe it.
#[derive(Clone, Debug)]
pub(crate) struct Warehouse {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) kind: u8,
}

/// An item as the vendors' rows describe it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) code: String,
    pub(crate) barcode: String,
    pub(crate) goods_no: String,
    pub(crate) goods_name: String,
    pub(crate) brand_no: String,
    pub(crate) brand_name: String,
    pub(crate) image: String,
    pub(crate) weight: Decimal,
    pub(crate) wms_code: String,
    pub(crate) deleted: bool,
}

/// The attributes that distinguish the goods of one item in one warehouse. An empty text means none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attributes {
    pub(crate) condition: Condition,
    pub(crate) owner: String,
    pub(crate) packaging: Packaging,
    pub(crate) barcode: String,
    pub(crate) specification: String,
    pub(crate) batch: String,
    pub(crate) position: String,
    /// `yyyy-MM-dd`
    pub(crate) expiry: String,
}

#[derive(Clone, Debug)]
pub(crate) struct StartingLot {
    pub(crate) warehouse: WarehouseNo,
    pub(crate) item: ItemNo,
    pub(crate) attributes: Attributes,
    pub(crate) on_hand: Decimal,
    pub(crate) reserved: Decimal,
    /// The simulator's start, if none.
    pub(crate) changed: Option<OffsetDateTime>,
}

#[derive(Clone, Debug)]
pub(crate) struct StartingPool {
    pub(crate) no: String,
    pub(crate) name: String,
    pub(crate) warehouse: WarehouseNo,
    pub(crate) quantities: BTreeMap<ItemNo, Decimal>,
}

/// A problem with a stock file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StockError {
    /// The file cannot be read.
    #[error("cannot read the stock file {file}: {reason}")]
    Unreadable {
        /// The file as it was named.
        file: String,
        /// The system's error.
        reason: std::io::Error,
    },
    /// An entry is invalid.
    #[error("{file}, line {line}, `{key}`: {reason}")]
    Wrong {
        /// The file as it was named.
        file: String,
        /// From 1.
        line: usize,
        /// The key or table on that line.
        key: String,
        /// The problem.
        reason: String,
    },
}

impl Stock {
    /// The default stock of the simulator: everything that the vendors' example requests name.
    pub fn built_in() -> Result<Stock, StockError> {
        Stock::from_toml("default.toml", DEFAULT)
    }

    /// Reads a stock file.
    pub fn from_file(path: &Path) -> Result<Stock, StockError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Stock::from_toml(&file, &text),
            Err(reason) => Err(StockError::Unreadable { file, reason }),
        }
    }

    /// Parses the text of a stock file; `file` is its name in errors.
    pub fn from_toml(file: &str, text: &str) -> Result<Stock, StockError> {
        let entries: File = toml::from_str(text).map_err(|error| {
            Mistake::new(error.span().unwrap_or_default(), error.message().to_owned()).at(file, text)
        })?;
        build(entries).map_err(|mistake| mistake.at(file, text))
    }
}

/// A mistake and its position in the text.
struct Mistake {
    span: Range<usize>,
    reason: String,
}

impl Mistake {
    fn new(span: Range<usize>, reason: impl Into<String>) -> Mistake {
        Mistake { span, reason: reason.into() }
    }

    fn at(self, file: &str, text: &str) -> StockError {
        let before = text.get(..self.span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let content = text.lines().nth(line - 1).unwrap_or_default();
        let key = content.split('=').next().unwrap_or_default().trim().to_owned();
        StockError::Wrong { file: file.to_owned(), line, key, reason: self.reason }
    }
}

fn build(file: File) -> Result<Stock, Mistake> {
    let mut stock = Stock::default();
    for (entry, id) in file.warehouse.into_iter().zip(1..) {
        stock.add_warehouse(entry, id)?;
    }
    for owner in file.owner {
        let span = owner.code.span();
        if !stock.owners.insert(owner.code.into_inner()) {
            return Err(Mistake::new(span, "this owner is already there"));
        }
    }
    for (entry, id) in file.item.into_iter().zip(1..) {
        stock.add_item(entry, id)?;
    }
    for entry in file.stock {
        stock.add_lot(entry)?;
    }
    for entry in file.series {
        stock.add_series(entry)?;
    }
    for entry in file.pool {
        stock.add_pool(entry)?;
    }
    Ok(stock)
}

impl Stock {
    fn add_warehouse(&mut self, entry: WarehouseEntry, id: u32) -> Result<(), Mistake> {
        let warehouse = Warehouse { id: entry.id.unwrap_or(id), name: entry.name, kind: entry.kind };
        let span = entry.no.span();
        match self.warehouses.insert(entry.no.into_inner(), warehouse) {
            None => Ok(()),
            Some(_) => Err(Mistake::new(span, "this warehouse is already there")),
        }
    }

    fn add_item(&mut self, entry: ItemEntry, id: u32) -> Result<(), Mistake> {
        let item = Item {
            id: entry.id.unwrap_or(id),
            name: entry.name,
            code: entry.code,
            barcode: entry.barcode,
            goods_no: entry.goods_no,
            goods_name: entry.goods_name,
            brand_no: entry.brand_no,
            brand_name: entry.brand_name,
            image: entry.image,
            weight: entry.weight.0,
            wms_code: entry.wms_code,
            deleted: entry.deleted,
        };
        let span = entry.no.span();
        match self.items.insert(entry.no.into_inner(), item) {
            None => Ok(()),
            Some(_) => Err(Mistake::new(span, "this item is already there")),
        }
    }

    fn add_lot(&mut self, entry: StockEntry) -> Result<(), Mistake> {
        let (warehouse, item) = (self.warehouse(entry.warehouse)?, self.item(entry.item)?);
        let on_hand_span = entry.on_hand.span();
        let on_hand = quantity(entry.on_hand)?;
        let reserved = entry.reserved.map(quantity).transpose()?.unwrap_or_default();
        if reserved > on_hand {
            return Err(Mistake::new(on_hand_span, "more is reserved than there is"));
        }
        let own_barcode = self.items.get(&item).map(|item| item.barcode.clone());
        let attributes = Attributes {
            condition: entry.condition,
            owner: entry.owner.map(|owner| self.owner(owner)).transpose()?.unwrap_or_default(),
            packaging: entry.packaging,
            barcode: entry.barcode.or(own_barcode).unwrap_or_default(),
            specification: entry.specification,
            batch: entry.batch,
            position: entry.position,
            expiry: entry.expiry.map(expiry).transpose()?.unwrap_or_default(),
        };
        let is_same =
            |lot: &StartingLot| (&lot.warehouse, &lot.item, &lot.attributes) == (&warehouse, &item, &attributes);
        if self.lots.iter().any(is_same) {
            return Err(Mistake::new(on_hand_span, "this lot is already there"));
        }
        let changed = entry.changed.map(changed).transpose()?;
        self.lots.push(StartingLot { warehouse, item, attributes, on_hand, reserved, changed });
        Ok(())
    }

    fn add_series(&mut self, entry: SeriesEntry) -> Result<(), Mistake> {
        let warehouse = self.warehouse(entry.warehouse)?;
        let on_hand = quantity(entry.on_hand)?;
        let changed = entry.changed.map(changed).transpose()?;
        let span = entry.count.span();
        let count = entry.count.into_inner();
        if !(1..=9999).contains(&count) {
            return Err(Mistake::new(span, "a series has 1 to 9999 items"));
        }
        for number in 1..=count {
            let no = format!("{}{number:04}", entry.prefix);
            let item = Item {
                id: 900_000 + number,
                name: no.clone(),
                barcode: no.clone(),
                goods_no: entry.prefix.clone(),
                ..Item::default()
            };
            let attributes = Attributes { barcode: no.clone(), ..Attributes::default() };
            let item_no = ItemNo::from(no);
            if self.items.insert(item_no.clone(), item).is_some() {
                return Err(Mistake::new(span, format!("the item {item_no} is already there")));
            }
            let warehouse = warehouse.clone();
            let reserved = Decimal::ZERO;
            self.lots.push(StartingLot { warehouse, item: item_no, attributes, on_hand, reserved, changed });
        }
        Ok(())
    }

    fn add_pool(&mut self, entry: PoolEntry) -> Result<(), Mistake> {
        let span = entry.no.span();
        let no = entry.no.into_inner();
        if self.pools.iter().any(|pool| pool.no == no) {
            return Err(Mistake::new(span, "this pool is already there"));
        }
        let warehouse = self.warehouse(entry.warehouse)?;
        let mut quantities = BTreeMap::new();
        for line in entry.stock {
            let span = line.item.span();
            if quantities.insert(self.item(line.item)?, quantity(line.quantity)?).is_some() {
                return Err(Mistake::new(span, "this item is already in the pool"));
            }
        }
        self.pools.push(StartingPool { no, name: entry.name, warehouse, quantities });
        Ok(())
    }

    fn warehouse(&self, no: Spanned<WarehouseNo>) -> Result<WarehouseNo, Mistake> {
        if self.warehouses.contains_key(no.get_ref()) {
            return Ok(no.into_inner());
        }
        Err(Mistake::new(no.span(), format!("there is no [[warehouse]] with no = \"{}\"", no.get_ref())))
    }

    fn item(&self, no: Spanned<ItemNo>) -> Result<ItemNo, Mistake> {
        if self.items.contains_key(no.get_ref()) {
            return Ok(no.into_inner());
        }
        Err(Mistake::new(no.span(), format!("there is no [[item]] with no = \"{}\"", no.get_ref())))
    }

    fn owner(&self, code: Spanned<String>) -> Result<String, Mistake> {
        if self.owners.contains(code.get_ref()) {
            return Ok(code.into_inner());
        }
        Err(Mistake::new(code.span(), format!("there is no [[owner]] with code = \"{}\"", code.get_ref())))
    }
}

fn quantity(entry: Spanned<Quantity>) -> Result<Decimal, Mistake> {
    let span = entry.span();
    let value = entry.into_inner().0;
    if value.is_sign_negative() && !value.is_zero() {
        return Err(Mistake::new(span, "a quantity is not negative"));
    }
    if value.normalize().scale() > 4 || value >= Decimal::from(1_000_000_000_000_000_i64) {
        return Err(Mistake::new(span, "a quantity has at most 15 digits before the point and 4 after it"));
    }
    Ok(value)
}

fn changed(time: Spanned<String>) -> Result<OffsetDateTime, Mistake> {
    china_time::parse(time.get_ref()).ok_or_else(|| {
        Mistake::new(time.span(), "a time is written like 2026-11-22 08:00:00, and is one of Asia/Shanghai")
    })
}

fn expiry(entry: Spanned<String>) -> Result<String, Mistake> {
    if china_time::is_date(entry.get_ref()) {
        return Ok(entry.into_inner());
    }
    Err(Mistake::new(entry.span(), "a date is written yyyy-MM-dd"))
}

#[cfg(test)]
mod tests;
