//! Holding stock.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Check, Condition, Extras, Invalid, Reference, Sku, Timestamp, Warehouse};

/// Hold stock, so that it is no longer available and still on hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OccupationOrder {
    /// The caller's own number of this write; one is made where JSON leaves it out.
    #[serde(default = "Reference::generate")]
    pub reference: Reference,
    /// The document that the stock is held for, or the occupation's own number where the provider wants one.
    pub document: String,
    /// What it is held for.
    pub reason: OccupationReason,
    /// Whose goods.
    #[serde(default)]
    pub owner: Option<String>,
    /// Where they are.
    #[serde(default)]
    pub warehouse: Option<Warehouse>,
    /// When what they are held for happened.
    #[serde(default)]
    pub occurred: Option<Timestamp>,
    /// At least one.
    pub lines: Vec<OccupationLine>,
    /// For people.
    #[serde(default)]
    pub remark: Option<String>,
    /// Fields of the provider's own.
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

    /// Checks what holds at every provider.
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
    /// More than 0. None where the provider is to decide.
    #[serde(default, with = "super::exact_decimal::optional")]
    pub quantity: Option<Decimal>,
    /// What state the goods are in.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// The warehouse's batch.
    #[serde(default)]
    pub batch: Option<String>,
    /// The manufacturer's lot.
    #[serde(default)]
    pub lot: Option<String>,
    /// When the goods were made.
    #[serde(default, with = "super::time::date::optional")]
    pub produced: Option<Date>,
    /// Until when they are good.
    #[serde(default, with = "super::time::date::optional")]
    pub expiry: Option<Date>,
    /// The serial number.
    #[serde(default)]
    pub serial: Option<String>,
    /// The provider's own number of the item, beside the SKU.
    #[serde(default)]
    pub provider_item: Option<String>,
    /// The virtual warehouse to take from.
    #[serde(default)]
    pub pool: Option<String>,
    /// For a move, the virtual warehouse to give to.
    #[serde(default)]
    pub to_pool: Option<String>,
    /// Which pool is served first.
    #[serde(default)]
    pub priority: Option<u32>,
    /// Fields of the provider's own.
    #[serde(default)]
    pub extras: Extras,
}

impl OccupationLine {
    /// So many of an item.
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

/// What stock is held for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OccupationReason {
    /// Stock found different from the books.
    Discrepancy,
    /// A transfer.
    Transfer,
    /// A stocktake.
    Stocktake,
    /// Goods that go back to their supplier.
    PurchaseReturn,
    /// Any other way out.
    OtherOutbound,
    /// By the provider's own code.
    Other(String),
}
