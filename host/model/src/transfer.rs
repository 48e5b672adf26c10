//! Orders that move stock from one warehouse to another.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Check, Condition, Extras, Invalid, Reference, Sku, Warehouse};

/// An order to move stock from one warehouse to another.
///
/// ```
/// use stockbridge_model::{TransferLine, TransferOrder, TransferStage};
/// let order = TransferOrder {
///     stage: TransferStage::Approved,
///     lines: vec![TransferLine::new("daj1", 10)],
///     ..TransferOrder::between("daj-wms-wdt", "lz-002")
/// };
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TransferOrder {
    /// The caller's reference for this write; generated where JSON leaves it out.
    #[serde(default = "Reference::generate")]
    pub reference: Reference,
    /// Warehouse to move from.
    pub from_warehouse: Warehouse,
    /// Warehouse to move to.
    pub to_warehouse: Warehouse,
    /// How far the provider should take the transfer in one go.
    #[serde(default)]
    pub stage: TransferStage,
    /// Whether stock is moved item by item or batch by batch.
    #[serde(default)]
    pub granularity: TransferGranularity,
    /// Whether the provider notifies the outside warehouse too.
    #[serde(default)]
    pub notice: WarehouseNotice,
    /// The items to move; at least one.
    pub lines: Vec<TransferLine>,
    /// Free text for people.
    #[serde(default)]
    pub remark: Option<String>,
    /// Provider-specific fields.
    #[serde(default)]
    pub extras: Extras,
}

impl TransferOrder {
    /// A draft between two warehouses, under a new reference and without lines yet.
    #[must_use]
    pub fn between(from: impl Into<Warehouse>, to: impl Into<Warehouse>) -> TransferOrder {
        TransferOrder {
            reference: Reference::generate(),
            from_warehouse: from.into(),
            to_warehouse: to.into(),
            stage: TransferStage::default(),
            granularity: TransferGranularity::default(),
            notice: WarehouseNotice::default(),
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
        Check::text("from-warehouse", self.from_warehouse.as_str())?;
        Check::text("to-warehouse", self.to_warehouse.as_str())?;
        Check::optional_text("remark", self.remark.as_ref())?;
        Check::extras("extras", &self.extras)?;
        Check::lines("lines", &self.lines)?;
        for (index, line) in self.lines.iter().enumerate() {
            let at = |field: &str| format!("lines[{index}].{field}");
            Check::text(at("sku"), line.sku.as_str())?;
            Check::positive(&at("quantity"), line.quantity)?;
            Check::optional_text(&at("batch"), line.batch.as_ref())?;
            Check::optional_text(&at("remark"), line.remark.as_ref())?;
            Check::extras(&at("extras"), &line.extras)?;
        }
        Ok(())
    }
}

/// One item of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TransferLine {
    /// The item.
    pub sku: Sku,
    /// Quantity, more than 0.
    #[serde(with = "super::exact_decimal")]
    pub quantity: Decimal,
    /// Condition of the goods.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// The batch to move.
    #[serde(default)]
    pub batch: Option<String>,
    /// Expiry date of the goods.
    #[serde(default, with = "super::timestamp::date::optional")]
    pub expiry: Option<Date>,
    /// Free text for people.
    #[serde(default)]
    pub remark: Option<String>,
    /// Provider-specific fields.
    #[serde(default)]
    pub extras: Extras,
}

impl TransferLine {
    /// A line for this quantity of an item.
    #[must_use]
    pub fn new(sku: impl Into<Sku>, quantity: impl Into<Decimal>) -> TransferLine {
        TransferLine {
            sku: sku.into(),
            quantity: quantity.into(),
            condition: None,
            batch: None,
            expiry: None,
            remark: None,
            extras: Extras::new(),
        }
    }
}

/// How far the provider should take a transfer in one go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferStage {
    /// Only creates the document; no stock moves.
    #[default]
    Draft,
    /// Submits the document for approval.
    Submitted,
    /// Approves the document at once; the stock moves.
    Approved,
}

/// Whether a transfer moves an item's stock as a whole or batch by batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferGranularity {
    /// By item, whatever the batch.
    #[default]
    ByItem,
    /// Batch by batch.
    ByBatch,
}

/// Whether the provider notifies the outside warehouse too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarehouseNotice {
    /// Only the books change.
    #[default]
    Silent,
    /// The outside warehouse is notified.
    Notified,
}
