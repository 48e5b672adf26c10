//! Orders that hold stock.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Check, Condition, Extras, Invalid, Reference, Sku, Timestamp, Warehouse};

/// An order to hold stock: it stays on hand and is no longer available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OccupationOrder {
    /// The caller's reference for this write; generated where JSON leaves it out.
    #[serde(default = "Reference::generate")]
    pub reference: Reference,
    /// The document that the stock is held for, or the occupation's own number where the provider wants one.
    pub document: String,
    /// Why the stock is held.
    pub reason: OccupationReason,
    /// Owner of the goods.
    #[serde(default)]
    pub owner: Option<String>,
    /// Warehouse of the goods.
    #[serde(default)]
    pub warehouse: Option<Warehouse>,
    /// Time of the event that the stock is held for.
    #[serde(default)]
    pub occurred: Option<Timestamp>,
    /// The items to hold; at least one.
    pub lines: Vec<OccupationLine>,
    /// Free text for people.
    #[serde(default)]
    pub remark: Option<String>,
    /// Provider-specific fields.
    #[serde(default)]
    pub extras: Extras,
}

impl OccupationOrder {
    /// An occupation for a document, under a new reference and without lines yet.
    #[must_use]
    pub fn new(document: impl Into<String>, reason: OccupationReason) -> OccupationOrder {
        OccupationOrder {
            reference: Reference::generate(),
            document: document.into(),
            reason,
            owner: None,
            warehouse: None,
            occurred: None,
            lines: Vec::new(),
            remark: None,
            extras: Extras::new(),
        }
    }

    /// Validates the rules that hold at every provider.
    ///
    /// # Errors
    /// A field is missing, too long or of a value that no provider takes: [`Invalid`] names its path.
    pub fn validate(&self) -> Result<(), Invalid> {
        Check::text("document", &self.document)?;
        if let OccupationReason::Other(code) = &self.reason {
            Check::text("reason", code)?;
        }
        Check::optional_text("owner", self.owner.as_ref())?;
        if let Some(warehouse) = &self.warehouse {
            Check::text("warehouse", warehouse.as_str())?;
        }
        Check::optional_text("remark", self.remark.as_ref())?;
        Check::extras("extras", &self.extras)?;
        Check::lines("lines", &self.lines)?;
        for (index, line) in self.lines.iter().enumerate() {
            let at = |field: &str| format!("lines[{index}].{field}");
            Check::text(at("sku"), line.sku.as_str())?;
            if let Some(quantity) = line.quantity {
                Check::positive(&at("quantity"), quantity)?;
            }
            for (field, text) in [
                ("line", &line.line),
                ("batch", &line.batch),
                ("lot", &line.lot),
                ("serial", &line.serial),
                ("provider-item", &line.provider_item),
                ("pool", &line.pool),
                ("to-pool", &line.to_pool),
            ] {
                Check::optional_text(&at(field), text.as_ref())?;
            }
            Check::extras(&at("extras"), &line.extras)?;
        }
        Ok(())
    }
}

/// One item of an occupation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OccupationLine {
    /// The line's own number, where the provider wants one.
    #[serde(default)]
    pub line: Option<String>,
    /// The item.
    pub sku: Sku,
    /// Quantity, more than 0. None: the provider decides.
    #[serde(default, with = "super::exact_decimal::optional")]
    pub quantity: Option<Decimal>,
    /// Condition of the goods.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// The warehouse's batch.
    #[serde(default)]
    pub batch: Option<String>,
    /// The manufacturer's lot.
    #[serde(default)]
    pub lot: Option<String>,
    /// Date of manufacture.
    #[serde(default, with = "super::timestamp::date::optional")]
    pub produced: Option<Date>,
    /// Expiry date.
    #[serde(default, with = "super::timestamp::date::optional")]
    pub expiry: Option<Date>,
    /// The serial number.
    #[serde(default)]
    pub serial: Option<String>,
    /// The provider's own number for the item, in addition to the SKU.
    #[serde(default)]
    pub provider_item: Option<String>,
    /// The virtual warehouse to take from.
    #[serde(default)]
    pub pool: Option<String>,
    /// For a move, the virtual warehouse that receives.
    #[serde(default)]
    pub to_pool: Option<String>,
    /// Order in which pools are served.
    #[serde(default)]
    pub priority: Option<u32>,
    /// Provider-specific fields.
    #[serde(default)]
    pub extras: Extras,
}

impl OccupationLine {
    /// A line for this quantity of an item.
    #[must_use]
    pub fn new(sku: impl Into<Sku>, quantity: impl Into<Decimal>) -> OccupationLine {
        OccupationLine {
            line: None,
            sku: sku.into(),
            quantity: Some(quantity.into()),
            condition: None,
            batch: None,
            lot: None,
            produced: None,
            expiry: None,
            serial: None,
            provider_item: None,
            pool: None,
            to_pool: None,
            priority: None,
            extras: Extras::new(),
        }
    }
}

/// Why stock is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OccupationReason {
    /// Counted stock differs from the books.
    Discrepancy,
    /// A transfer.
    Transfer,
    /// A stocktake.
    Stocktake,
    /// Goods returned to their supplier.
    PurchaseReturn,
    /// Any other outbound movement.
    OtherOutbound,
    /// Another reason, by the provider's own code.
    Other(String),
}
