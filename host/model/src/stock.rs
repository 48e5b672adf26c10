//! Stock queries and their results.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Check, Condition, Extras, Invalid, Json, Sku, Timestamp, Warehouse};

/// Selects the stock to return. All given conditions must match; within `skus` and within `barcodes`, any one of the values.
///
/// ```
/// use stockbridge_model::StockQuery;
/// let query = StockQuery::skus(["daj1"]).warehouse("daj-wms-wdt");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StockQuery {
    /// Items to return. Empty: all items.
    pub skus: Vec<Sku>,
    /// Warehouse to return. None: all warehouses of the account.
    pub warehouse: Option<Warehouse>,
    /// Barcodes to return. Empty: any barcode.
    pub barcodes: Vec<String>,
    /// Only rows changed within this span. None: every row, whatever the provider's own default is.
    pub changed: Option<ChangedWithin>,
    /// Also return items deleted at the provider.
    pub include_deleted: bool,
    /// Number of rows wanted for each page; the provider may allow fewer.
    pub page_size: Option<u32>,
    /// Cursor to continue from: [`StockPage::next`] of the same query at the same account.
    pub cursor: Option<Cursor>,
    /// Provider-specific conditions.
    pub extras: Extras,
}

impl StockQuery {
    /// Selects all stock of the account.
    #[must_use]
    pub fn all() -> StockQuery {
        StockQuery::default()
    }

    /// Selects the stock of these items.
    #[must_use]
    pub fn skus<S: Into<Sku>>(skus: impl IntoIterator<Item = S>) -> StockQuery {
        StockQuery { skus: skus.into_iter().map(Into::into).collect(), ..StockQuery::default() }
    }

    /// Selects the stock under these barcodes.
    #[must_use]
    pub fn barcodes<S: Into<String>>(barcodes: impl IntoIterator<Item = S>) -> StockQuery {
        StockQuery { barcodes: barcodes.into_iter().map(Into::into).collect(), ..StockQuery::default() }
    }

    /// Restricts the query to this warehouse.
    #[must_use]
    pub fn warehouse(mut self, warehouse: impl Into<Warehouse>) -> StockQuery {
        self.warehouse = Some(warehouse.into());
        self
    }

    /// Restricts the query to rows changed between these two times, both inclusive.
    #[must_use]
    pub fn changed_within(mut self, start: Timestamp, end: Timestamp) -> StockQuery {
        self.changed = Some(ChangedWithin { start, end });
        self
    }

    /// Also returns items deleted at the provider.
    #[must_use]
    pub fn include_deleted(mut self) -> StockQuery {
        self.include_deleted = true;
        self
    }

    /// Asks for this many rows in each page, if the provider allows it.
    #[must_use]
    pub fn page_size(mut self, rows: u32) -> StockQuery {
        self.page_size = Some(rows);
        self
    }

    /// Continues after the page that returned this cursor.
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> StockQuery {
        self.cursor = Some(cursor);
        self
    }

    /// Adds a provider-specific condition.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, value: Json) -> StockQuery {
        self.extras = self.extras.with(name, value);
        self
    }

    /// Validates the rules that hold at every provider.
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

/// A span of time, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedWithin {
    /// Start of the span.
    pub start: Timestamp,
    /// End of the span; not before `start`.
    pub end: Timestamp,
}

/// Position to continue a query from. Valid for the same query at the same account, as long as its connector stays the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

impl Cursor {
    /// The cursor as text, to be stored or passed on.
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

/// One page of a query's rows. A page may be empty and still have a `next`. A row that changes between the requests for
/// two pages may appear in both: the later one holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StockPage {
    /// The rows.
    pub levels: Vec<StockLevel>,
    /// Cursor of the next page. None: this was the last page.
    pub next: Option<Cursor>,
    /// Total number of rows of the whole query, where the provider reports it.
    pub total: Option<u64>,
    /// Provider-specific fields returned beside the rows.
    pub extras: Extras,
}

impl StockPage {
    /// The last page, with these rows.
    #[must_use]
    pub fn new(levels: Vec<StockLevel>) -> StockPage {
        StockPage { levels, next: None, total: None, extras: Extras::new() }
    }
}

/// Stock of one item in one warehouse, as the provider reports it. No quantity is ever computed from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StockLevel {
    /// The item.
    pub sku: Sku,
    /// Warehouse of the stock.
    pub warehouse: Warehouse,
    /// Condition of the goods. None where the provider does not distinguish conditions.
    pub condition: Option<Condition>,
    /// Owner of the goods, for providers that keep stock for several owners.
    pub owner: Option<String>,
    /// Quantity physically present.
    #[serde(with = "super::exact_decimal::optional")]
    pub on_hand: Option<Decimal>,
    /// Quantity free to sell or to promise.
    #[serde(with = "super::exact_decimal::optional")]
    pub available: Option<Decimal>,
    /// Quantity held for orders, locks and reservations.
    #[serde(with = "super::exact_decimal::optional")]
    pub reserved: Option<Decimal>,
    /// Quantity on its way in.
    #[serde(with = "super::exact_decimal::optional")]
    pub incoming: Option<Decimal>,
    /// The barcode.
    pub barcode: Option<String>,
    /// The item's name.
    pub name: Option<String>,
    /// Time of the provider's last change of the row.
    pub changed: Option<Timestamp>,
    /// Stock by location. Empty where the provider does not distinguish locations.
    pub details: Vec<StockDetail>,
    /// The provider's whole row, unchanged.
    pub raw: Json,
}

impl StockLevel {
    /// A row of this item in this warehouse, with the provider's raw row and without quantities.
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

/// Stock of one item at one location in a warehouse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StockDetail {
    /// The bin or shelf.
    pub position: Option<String>,
    /// The batch.
    pub batch: Option<String>,
    /// Expiry date.
    #[serde(with = "super::timestamp::date::optional")]
    pub expiry: Option<Date>,
    /// Quantity. None where the provider left it empty.
    #[serde(with = "super::exact_decimal::optional")]
    pub quantity: Option<Decimal>,
    /// Provider-specific fields.
    pub extras: Extras,
}
