//! Changing what stock is, or how much of it there is, within one warehouse.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Check, Condition, Extras, Invalid, Reference, Sku, Warehouse};

/// Change what stock is, or how much of it there is, within one warehouse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdjustmentOrder {
    /// The caller's own number of this write; one is made where JSON leaves it out.
    #[serde(default = "Reference::generate")]
    pub reference: Reference,
    /// Where the stock is.
    pub warehouse: Warehouse,
    /// The organisation that owns the stock, where the account uses organisations.
    #[serde(default)]
    pub organisation: Option<String>,
    /// What is to change.
    pub adjustment: Adjustment,
    /// For people.
    #[serde(default)]
    pub remark: Option<String>,
    /// Fields of the provider's own.
    #[serde(default)]
    pub extras: Extras,
}

/// What an adjustment changes. Each has at least one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Adjustment {
    /// Open boxes or suites into single items.
    Unpack(Vec<AdjustmentLine>),
    /// Move stock from one organisation to another.
    ChangeOwner(OwnerChange),
    /// Give stock another barcode.
    Relabel(Vec<AdjustmentLine>),
    /// Set stock to what was counted.
    Count(Vec<CountLine>),
}

impl Adjustment {
    /// The name of the operation: `adjust.unpack`.
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

/// Stock that goes from one organisation to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OwnerChange {
    /// Who gives.
    pub from_organisation: String,
    /// Who gets.
    pub to_organisation: String,
    /// What.
    pub lines: Vec<AdjustmentLine>,
}

/// What goes out of stock and what comes in for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentLine {
    /// What goes out.
    pub from: AdjustedItem,
    /// What comes in.
    pub to: AdjustedItem,
}

/// One side of an adjustment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdjustedItem {
    /// The item.
    pub sku: Sku,
    /// The variety of the item, where it was registered with one. May be empty.
    #[serde(default)]
    pub specification: Option<String>,
    /// In stock units, more than 0.
    #[serde(with = "super::exact_decimal")]
    pub quantity: Decimal,
    /// How it is packed.
    pub packaging: Packaging,
    /// How many pieces a box or suite is made of.
    #[serde(default)]
    pub standard_parts: Option<u32>,
    /// The barcode.
    #[serde(default)]
    pub barcode: Option<String>,
    /// Fields of the provider's own.
    #[serde(default)]
    pub extras: Extras,
}

impl AdjustedItem {
    /// So many of an item, packed like this.
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

/// How an item is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Packaging {
    /// By itself.
    Single,
    /// Several of it in a box.
    Box,
    /// Different items as a suite.
    Suite,
}

/// What was counted of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CountLine {
    /// The item.
    pub sku: Sku,
    /// What state the goods are in.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// The bin or shelf.
    #[serde(default)]
    pub position: Option<String>,
    /// The batch.
    #[serde(default)]
    pub batch: Option<String>,
    /// What was counted: 0 or more.
    #[serde(with = "super::exact_decimal")]
    pub counted: Decimal,
    /// For people.
    #[serde(default)]
    pub remark: Option<String>,
    /// Fields of the provider's own.
    #[serde(default)]
    pub extras: Extras,
}

impl CountLine {
    /// So many of an item were counted.
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

    /// Checks what holds at every provider.
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
