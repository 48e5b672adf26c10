//! Queries for stock, and the stock that is told.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Check, Condition, Extras, Invalid, Json, Sku, Timestamp, Warehouse};

/// Which stock to tell. Every condition that is given must hold; within `skus`, and within `barcodes`, any one.
///
/// ```
/// use stockbridge_model::StockQuery;
/// let query = StockQuery::skus(["daj1"]).warehouse("daj-wms-wdt");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StockQuery {
    /// Empty: all items.
    pub skus: Vec<Sku>,
    /// None: all warehouses of the account.
    pub warehouse: Option<Warehouse>,
    /// Empty: whatever the barcode.
    pub barcodes: Vec<String>,
    /// Only rows that changed within this span. None: every row, whatever the provider's own default is.
    pub changed: Option<ChangedWithin>,
    /// Also items that were deleted at the provider.
    pub include_deleted: bool,
    /// How many rows a page should have; the provider may allow fewer.
    pub page_size: Option<u32>,
    /// Where to go on: [`StockPage::next`] of the same query at the same account.
    pub cursor: Option<Cursor>,
    /// Conditions of the provider's own.
    pub extras: Extras,
}

impl StockQuery {
    /// All stock of the account.
    #[must_use]
    pub fn all() -> StockQuery {
        StockQuery::default()
    }

    /// The stock of these items.
    #[must_use]
    pub fn skus<S: Into<Sku>>(skus: impl IntoIterator<Item = S>) -> StockQuery {
        StockQuery { skus: skus.into_iter().map(Into::into).collect(), ..StockQuery::default() }
    }

    /// The stock under these barcodes.
    #[must_use]
    pub fn barcodes<S: Into<String>>(barcodes: impl IntoIterator<Item = S>) -> StockQuery {
        StockQuery { barcodes: barcodes.into_iter().map(Into::into).collect(), ..StockQuery::default() }
    }

    /// In this warehouse only.
    #[must_use]
    pub fn warehouse(mut self, warehouse: impl Into<Warehouse>) -> StockQuery {
        self.warehouse = Some(warehouse.into());
        self
    }

    /// Only rows that changed between these two points, both included.
    #[must_use]
    pub fn changed_within(mut self, start: Timestamp, end: Timestamp) -> StockQuery {
        self.changed = Some(ChangedWithin { start, end });
        self
    }

    /// Also items that were deleted at the provider.
    #[must_use]
    pub fn include_deleted(mut self) -> StockQuery {
        self.include_deleted = true;
        self
    }

    /// So many rows a page, if the provider allows it.
    #[must_use]
    pub fn page_size(mut self, rows: u32) -> StockQuery {
        self.page_size = Some(rows);
        self
    }

    /// On from where a page ended.
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> StockQuery {
        self.cursor = Some(cursor);
        self
    }

    /// With a condition of the provider's own.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, value: Json) -> StockQuery {
        self.extras = self.extras.with(name, value);
        self
    }

    /// Checks what holds at every provider.
    ///
    /// # Errors
    /// A field is missing, too long or of a value that no provider takes: [`Invalid`] names its path.
    pub fn validate(&self) -> Result<(), Invalid> {
        Check::entries("skus", &self.skus)?;
        for (index, sku) in self.skus.iter().enumerate() {
            Check::text(format_args!("skus[{index}]"), sku.as_str())?;
        }
        Check::entries("barcodes", &self.barcodes)?;
        for (index, barcode) in self.barcodes.iter().enumerate() {
            Check::text(format_args!("barcodes[{index}]"), barcode)?;
        }
        if let Some(warehouse) = &self.warehouse {
            Check::text("warehouse", warehouse.as_str())?;
        }
        if let Some(changed) = &self.changed
            && changed.start > changed.end
        {
            return Check::refuse("changed", format!("starts at {}, after its end at {}", changed.start, changed.end));
        }
        if self.page_size == Some(0) {
            return Check::refuse("page-size", "is 0; a page needs at least one row");
        }
        Check::extras("extras", &self.extras)
    }
}

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedWithin {
    /// The first point.
    pub start: Timestamp,
    /// The last point; not before `start`.
    pub end: Timestamp,
}

/// Where a query goes on. Good for the same query at the same account, as long as the account's connector is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

impl Cursor {
    /// The cursor as a text, to be kept or handed on.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Cursor {
        Cursor(text)
    }
}

/// One page of a query's rows. A page may be empty and still have a `next`. A row that changes while the pages are asked
/// for may come twice: the later one holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StockPage {
    /// The rows.
    pub levels: Vec<StockLevel>,
    /// None: this was the last page.
    pub next: Option<Cursor>,
    /// How many rows the whole query has, where the provider says.
    pub total: Option<u64>,
    /// What the provider said beside the rows.
    pub extras: Extras,
}

impl StockPage {
    /// The last page, of these rows.
    #[must_use]
    pub fn new(levels: Vec<StockLevel>) -> StockPage {
        StockPage { levels, next: None, total: None, extras: Extras::new() }
    }
}

/// Stock of one item in one warehouse, as the provider tells it. No figure is ever computed from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StockLevel {
    /// The item.
    pub sku: Sku,
    /// Where it is.
    pub warehouse: Warehouse,
    /// None where the provider does not tell goods of different condition apart.
    pub condition: Option<Condition>,
    /// Whose goods, for providers that keep stock for several owners.
    pub owner: Option<String>,
    /// Physically there.
    #[serde(with = "super::exact_decimal::optional")]
    pub on_hand: Option<Decimal>,
    /// Free to sell or to promise.
    #[serde(with = "super::exact_decimal::optional")]
    pub available: Option<Decimal>,
    /// Held for orders, locks and reservations.
    #[serde(with = "super::exact_decimal::optional")]
    pub reserved: Option<Decimal>,
    /// On its way in.
    #[serde(with = "super::exact_decimal::optional")]
    pub incoming: Option<Decimal>,
    /// The barcode.
    pub barcode: Option<String>,
    /// The item's name.
    pub name: Option<String>,
    /// When the provider last changed the row.
    pub changed: Option<Timestamp>,
    /// Empty where the provider does not tell places apart.
    pub details: Vec<StockDetail>,
    /// The provider's whole row as it came.
    pub raw: Json,
}

impl StockLevel {
    /// A row of this item in this warehouse, as it came, with no figure.
    #[must_use]
    pub fn new(sku: impl Into<Sku>, warehouse: impl Into<Warehouse>, raw: Json) -> StockLevel {
        StockLevel {
            sku: sku.into(),
            warehouse: warehouse.into(),
            condition: None,
            owner: None,
            on_hand: None,
            available: None,
            reserved: None,
            incoming: None,
            barcode: None,
            name: None,
            changed: None,
            details: Vec::new(),
            raw,
        }
    }
}

/// Stock of one item at one place of a warehouse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StockDetail {
    /// The bin or shelf.
    pub position: Option<String>,
    /// The batch.
    pub batch: Option<String>,
    /// Until when it is good.
    #[serde(with = "super::time::date::optional")]
    pub expiry: Option<Date>,
    /// None where the provider left it empty.
    #[serde(with = "super::exact_decimal::optional")]
    pub quantity: Option<Decimal>,
    /// What else the provider said.
    pub extras: Extras,
}
