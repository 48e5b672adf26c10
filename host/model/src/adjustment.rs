//! Orders that change the kind or the quantity of stock within one warehouse.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Check, Condition, Extras, Invalid, Reference, Sku, Warehouse};

/// An order to change the kind or the quantity of stock within one warehouse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdjustmentOrder {
    /// The caller's reference for this write; generated where JSON leaves it out.
    #[serde(default = "Reference::generate")]
    pub reference: Reference,
    /// Warehouse of the stock.
    pub warehouse: Warehouse,
    /// The organisation that owns the stock, where the account uses organisations.
    #[serde(default)]
    pub organisation: Option<String>,
    /// The change to make.
    pub adjustment: Adjustment,
    /// Free text for people.
    #[serde(default)]
    pub remark: Option<String>,
    /// Provider-specific fields.
    #[serde(default)]
    pub extras: Extras,
}

/// Kinds of adjustment. Each has at least one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Adjustment {
    /// Open boxes or suites into single items.
    Unpack(Vec<AdjustmentLine>),
    /// Move stock from one organisation to another.
    ChangeOwner(OwnerChange),
    /// Give stock another barcode.
    Relabel(Vec<AdjustmentLine>),
    /// Set stock to the counted quantity.
    Count(Vec<CountLine>),
}

impl Adjustment {
    /// Name of the operation, such as `adjust.unpack`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Adjustment::Unpack(_) => "adjust.unpack",
            Adjustment::ChangeOwner(_) => "adjust.change-owner",
            Adjustment::Relabel(_) => "adjust.relabel",
            Adjustment::Count(_) => "adjust.count",
        }
    }
}

/// A change of owner from one organisation to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OwnerChange {
    /// The organisation that gives.
    pub from_organisation: String,
    /// The organisation that receives.
    pub to_organisation: String,
    /// The items that change owner.
    pub lines: Vec<AdjustmentLine>,
}

/// An item taken out of stock and the item that replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentLine {
    /// The item taken out of stock.
    pub from: AdjustedItem,
    /// The item put into stock.
    pub to: AdjustedItem,
}

/// One side of an adjustment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdjustedItem {
    /// The item.
    pub sku: Sku,
    /// Variety of the item, where it was registered with one. May be empty.
    #[serde(default)]
    pub specification: Option<String>,
    /// Quantity in stock units, more than 0.
    #[serde(with = "super::exact_decimal")]
    pub quantity: Decimal,
    /// Packaging of the item.
    pub packaging: Packaging,
    /// Number of pieces in a box or suite.
    #[serde(default)]
    pub standard_parts: Option<u32>,
    /// The barcode.
    #[serde(default)]
    pub barcode: Option<String>,
    /// Provider-specific fields.
    #[serde(default)]
    pub extras: Extras,
}

impl AdjustedItem {
    /// A quantity of an item, with its packaging.
    #[must_use]
    pub fn new(sku: impl Into<Sku>, quantity: impl Into<Decimal>, packaging: Packaging) -> AdjustedItem {
        AdjustedItem {
            sku: sku.into(),
            specification: None,
            quantity: quantity.into(),
            packaging,
            standard_parts: None,
            barcode: None,
            extras: Extras::new(),
        }
    }
}

/// Packaging of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Packaging {
    /// A single item.
    Single,
    /// Several pieces of the item in a box.
    Box,
    /// A suite of different items.
    Suite,
}

/// The counted quantity of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CountLine {
    /// The item.
    pub sku: Sku,
    /// Condition of the goods.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// The bin or shelf.
    #[serde(default)]
    pub position: Option<String>,
    /// The batch.
    #[serde(default)]
    pub batch: Option<String>,
    /// Counted quantity: 0 or more.
    #[serde(with = "super::exact_decimal")]
    pub counted: Decimal,
    /// Free text for people.
    #[serde(default)]
    pub remark: Option<String>,
    /// Provider-specific fields.
    #[serde(default)]
    pub extras: Extras,
}

impl CountLine {
    /// A counted quantity of an item.
    #[must_use]
    pub fn new(sku: impl Into<Sku>, counted: impl Into<Decimal>) -> CountLine {
        CountLine {
            sku: sku.into(),
            condition: None,
            position: None,
            batch: None,
            counted: counted.into(),
            remark: None,
            extras: Extras::new(),
        }
    }
}

impl AdjustmentOrder {
    /// An adjustment in a warehouse, under a new reference.
    #[must_use]
    pub fn new(warehouse: impl Into<Warehouse>, adjustment: Adjustment) -> AdjustmentOrder {
        AdjustmentOrder {
            reference: Reference::generate(),
            warehouse: warehouse.into(),
            organisation: None,
            adjustment,
            remark: None,
            extras: Extras::new(),
        }
    }

    /// Validates the rules that hold at every provider.
    ///
    /// # Errors
    /// A field is missing, too long or of a value that no provider takes: [`Invalid`] names its path.
    pub fn validate(&self) -> Result<(), Invalid> {
        Check::text("warehouse", self.warehouse.as_str())?;
        Check::optional_text("organisation", self.organisation.as_ref())?;
        Check::optional_text("remark", self.remark.as_ref())?;
        Check::extras("extras", &self.extras)?;
        match &self.adjustment {
            Adjustment::Unpack(lines) => exchanges("adjustment.unpack", lines),
            Adjustment::Relabel(lines) => exchanges("adjustment.relabel", lines),
            Adjustment::ChangeOwner(change) => {
                Check::text("adjustment.change-owner.from-organisation", &change.from_organisation)?;
                Check::text("adjustment.change-owner.to-organisation", &change.to_organisation)?;
                exchanges("adjustment.change-owner.lines", &change.lines)
            }
            Adjustment::Count(lines) => counts(lines),
        }
    }
}

fn exchanges(path: &str, lines: &[AdjustmentLine]) -> Result<(), Invalid> {
    Check::lines(path, lines)?;
    for (index, line) in lines.iter().enumerate() {
        for (side, item) in [("from", &line.from), ("to", &line.to)] {
            let at = |field: &str| format!("{path}[{index}].{side}.{field}");
            Check::text(at("sku"), item.sku.as_str())?;
            Check::positive(&at("quantity"), item.quantity)?;
            Check::free_text(at("specification"), item.specification.as_deref().unwrap_or_default())?;
            Check::optional_text(&at("barcode"), item.barcode.as_ref())?;
            Check::extras(&at("extras"), &item.extras)?;
        }
    }
    Ok(())
}

fn counts(lines: &[CountLine]) -> Result<(), Invalid> {
    Check::lines("adjustment.count", lines)?;
    for (index, line) in lines.iter().enumerate() {
        let at = |field: &str| format!("adjustment.count[{index}].{field}");
        Check::text(at("sku"), line.sku.as_str())?;
        Check::not_negative(&at("counted"), line.counted)?;
        Check::optional_text(&at("position"), line.position.as_ref())?;
        Check::optional_text(&at("batch"), line.batch.as_ref())?;
        Check::optional_text(&at("remark"), line.remark.as_ref())?;
        Check::extras(&at("extras"), &line.extras)?;
    }
    Ok(())
}
