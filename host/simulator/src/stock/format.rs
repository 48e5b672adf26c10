//! The stock file's format, entry by entry. [`super`] checks the entries against each other.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use toml::Spanned;

use super::codes::{Condition, ItemNo, Packaging, WarehouseNo};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(default)]
    pub(crate) warehouse: Vec<WarehouseEntry>,
    #[serde(default)]
    pub(crate) owner: Vec<OwnerEntry>,
    #[serde(default)]
    pub(crate) item: Vec<ItemEntry>,
    #[serde(default)]
    pub(crate) stock: Vec<StockEntry>,
    #[serde(default)]
    pub(crate) series: Vec<SeriesEntry>,
    #[serde(default)]
    pub(crate) pool: Vec<PoolEntry>,
}

/// `[[warehouse]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WarehouseEntry {
    pub(crate) no: Spanned<WarehouseNo>,
    /// Derived from its position in the file if absent.
    pub(crate) id: Option<u32>,
    #[serde(default)]
    pub(crate) name: String,
    /// 0 for an ordinary warehouse, else an outside WMS.
    #[serde(default)]
    pub(crate) kind: u8,
}

/// `[[owner]]`: owner of goods (TOP), or stock organisation (Winit).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnerEntry {
    pub(crate) code: Spanned<String>,
}

/// `[[item]]`, with the fields of the vendors' rows that describe an item.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemEntry {
    pub(crate) no: Spanned<ItemNo>,
    /// Derived from its position in the file if absent.
    pub(crate) id: Option<u32>,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) barcode: String,
    #[serde(default)]
    pub(crate) goods_no: String,
    #[serde(default)]
    pub(crate) goods_name: String,
    #[serde(default)]
    pub(crate) brand_no: String,
    #[serde(default)]
    pub(crate) brand_name: String,
    #[serde(default)]
    pub(crate) image: String,
    #[serde(default)]
    pub(crate) weight: Quantity,
    /// The warehouse system's own number (TOP `item_id`).
    #[serde(default)]
    pub(crate) wms_code: String,
    #[serde(default)]
    pub(crate) deleted: bool,
}

/// `[[stock]]`: one lot.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockEntry {
    pub(crate) warehouse: Spanned<WarehouseNo>,
    pub(crate) item: Spanned<ItemNo>,
    pub(crate) on_hand: Spanned<Quantity>,
    #[serde(default)]
    pub(crate) reserved: Option<Spanned<Quantity>>,
    #[serde(default)]
    pub(crate) condition: Condition,
    pub(crate) owner: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) packaging: Packaging,
    /// The item's own barcode if absent.
    pub(crate) barcode: Option<String>,
    #[serde(default)]
    pub(crate) specification: String,
    #[serde(default)]
    pub(crate) batch: String,
    #[serde(default)]
    pub(crate) position: String,
    /// `yyyy-MM-dd`
    pub(crate) expiry: Option<Spanned<String>>,
    /// `yyyy-MM-dd HH:mm:ss`; the simulator's start if absent.
    pub(crate) changed: Option<Spanned<String>>,
}

/// `[[series]]`: many similar items in one warehouse, numbered from 1 with four digits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeriesEntry {
    pub(crate) prefix: String,
    pub(crate) count: Spanned<u32>,
    pub(crate) warehouse: Spanned<WarehouseNo>,
    pub(crate) on_hand: Spanned<Quantity>,
    /// As in a stock entry.
    pub(crate) changed: Option<Spanned<String>>,
}

/// `[[pool]]`: a virtual warehouse over one real one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoolEntry {
    pub(crate) no: Spanned<String>,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) warehouse: Spanned<WarehouseNo>,
    #[serde(default)]
    pub(crate) stock: Vec<PoolStockEntry>,
}

/// `[[pool.stock]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoolStockEntry {
    pub(crate) item: Spanned<ItemNo>,
    pub(crate) quantity: Spanned<Quantity>,
}

/// A quantity: a whole number, or a text such as `"55.5"`. A TOML float is refused, because it is inexact.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quantity(pub(crate) Decimal);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Quantity, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Quantity;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a whole number or a decimal in quotes, such as \"55.5\"")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Quantity, E> {
                Ok(Quantity(Decimal::from(value)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                let value = Decimal::from_str(text).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))?;
                Ok(Quantity(value))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}
