//! Conversion of orders and queries for a connector. They are already validated.

use stockbridge_model::{
    AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Attempt, Condition, CountLine, Extras, OccupationLine,
    OccupationOrder, OccupationReason, Packaging, StockQuery, TransferGranularity, TransferLine, TransferOrder,
    TransferStage, WarehouseNotice, Write, date_text,
};

use crate::sandbox::contract::{inventory as wit, types};

fn extras(extras: &Extras) -> Vec<(String, String)> {
    extras.iter().map(|(name, value)| (name.to_owned(), value.as_str().to_owned())).collect()
}

/// Converts a query, with the connector's own cursor in place of the host's.
pub(crate) fn query(query: &StockQuery, cursor: Option<String>) -> wit::StockQuery {
    wit::StockQuery {
        warehouse: query.warehouse.as_ref().map(ToString::to_string),
        skus: query.skus.iter().map(ToString::to_string).collect(),
        barcodes: query.barcodes.clone(),
        changed: query.changed.map(|span| wit::TimeWindow { start: span.start.as_millis(), end: span.end.as_millis() }),
        include_deleted: query.include_deleted,
        cursor,
        page_size: query.page_size,
        extras: extras(&query.extras),
    }
}

impl From<&Condition> for types::Condition {
    fn from(condition: &Condition) -> types::Condition {
        match condition {
            Condition::Sellable => types::Condition::Sellable,
            Condition::Defective => types::Condition::Defective,
            Condition::Other(code) => types::Condition::Other(code.clone()),
        }
    }
}

impl From<&TransferOrder> for wit::TransferOrder {
    fn from(order: &TransferOrder) -> wit::TransferOrder {
        wit::TransferOrder {
            reference: order.reference.to_string(),
            from_warehouse: order.from_warehouse.to_string(),
            to_warehouse: order.to_warehouse.to_string(),
            stage: match order.stage {
                TransferStage::Draft => wit::TransferStage::Draft,
                TransferStage::Submitted => wit::TransferStage::Submitted,
                TransferStage::Approved => wit::TransferStage::Approved,
            },
            granularity: match order.granularity {
                TransferGranularity::ByItem => wit::TransferGranularity::ByItem,
                TransferGranularity::ByBatch => wit::TransferGranularity::ByBatch,
            },
            notice: match order.notice {
                WarehouseNotice::Silent => wit::WarehouseNotice::Silent,
                WarehouseNotice::Notified => wit::WarehouseNotice::Notified,
            },
            lines: order.lines.iter().map(Into::into).collect(),
            remark: order.remark.clone(),
            extras: extras(&order.extras),
        }
    }
}

impl From<&TransferLine> for wit::TransferLine {
    fn from(line: &TransferLine) -> wit::TransferLine {
        wit::TransferLine {
            sku: line.sku.to_string(),
            quantity: line.quantity.to_string(),
            condition: line.condition.as_ref().map(Into::into),
            batch: line.batch.clone(),
            expiry: line.expiry.map(date_text),
            remark: line.remark.clone(),
            extras: extras(&line.extras),
        }
    }
}

impl From<&AdjustmentOrder> for wit::AdjustmentOrder {
    fn from(order: &AdjustmentOrder) -> wit::AdjustmentOrder {
        let exchanges = |lines: &[AdjustmentLine]| lines.iter().map(Into::into).collect();
        wit::AdjustmentOrder {
            reference: order.reference.to_string(),
            warehouse: order.warehouse.to_string(),
            organisation: order.organisation.clone(),
            adjustment: match &order.adjustment {
                Adjustment::Unpack(lines) => wit::Adjustment::Unpack(exchanges(lines)),
                Adjustment::Relabel(lines) => wit::Adjustment::Relabel(exchanges(lines)),
                Adjustment::ChangeOwner(change) => wit::Adjustment::ChangeOwner((
                    wit::OwnerChange {
                        from_organisation: change.from_organisation.clone(),
                        to_organisation: change.to_organisation.clone(),
                    },
                    exchanges(&change.lines),
                )),
                Adjustment::Count(lines) => wit::Adjustment::Count(lines.iter().map(Into::into).collect()),
            },
            remark: order.remark.clone(),
            extras: extras(&order.extras),
        }
    }
}

impl From<&AdjustmentLine> for wit::AdjustmentLine {
    fn from(line: &AdjustmentLine) -> wit::AdjustmentLine {
        wit::AdjustmentLine { from: (&line.from).into(), to: (&line.to).into() }
    }
}

impl From<&AdjustedItem> for wit::AdjustedItem {
    fn from(item: &AdjustedItem) -> wit::AdjustedItem {
        wit::AdjustedItem {
            sku: item.sku.to_string(),
            specification: item.specification.clone(),
            quantity: item.quantity.to_string(),
            packaging: match item.packaging {
                Packaging::Single => wit::Packaging::Single,
                Packaging::Box => wit::Packaging::Box,
                Packaging::Suite => wit::Packaging::Suite,
            },
            standard_parts: item.standard_parts,
            barcode: item.barcode.clone(),
            extras: extras(&item.extras),
        }
    }
}

impl From<&CountLine> for wit::CountLine {
    fn from(line: &CountLine) -> wit::CountLine {
        wit::CountLine {
            sku: line.sku.to_string(),
            condition: line.condition.as_ref().map(Into::into),
            position: line.position.clone(),
            batch: line.batch.clone(),
            counted: line.counted.to_string(),
            remark: line.remark.clone(),
            extras: extras(&line.extras),
        }
    }
}

impl From<&OccupationOrder> for wit::OccupationOrder {
    fn from(order: &OccupationOrder) -> wit::OccupationOrder {
        wit::OccupationOrder {
            reference: order.reference.to_string(),
            document: order.document.clone(),
            reason: match &order.reason {
                OccupationReason::Discrepancy => wit::OccupationReason::Discrepancy,
                OccupationReason::Transfer => wit::OccupationReason::Transfer,
                OccupationReason::Stocktake => wit::OccupationReason::Stocktake,
                OccupationReason::PurchaseReturn => wit::OccupationReason::PurchaseReturn,
                OccupationReason::OtherOutbound => wit::OccupationReason::OtherOutbound,
                OccupationReason::Other(code) => wit::OccupationReason::Other(code.clone()),
            },
            owner: order.owner.clone(),
            warehouse: order.warehouse.as_ref().map(ToString::to_string),
            occurred: order.occurred.map(stockbridge_model::Timestamp::as_millis),
            lines: order.lines.iter().map(Into::into).collect(),
            remark: order.remark.clone(),
            extras: extras(&order.extras),
        }
    }
}

impl From<&OccupationLine> for wit::OccupationLine {
    fn from(line: &OccupationLine) -> wit::OccupationLine {
        wit::OccupationLine {
            line: line.line.clone(),
            sku: line.sku.to_string(),
            quantity: line.quantity.map(|quantity| quantity.to_string()),
            condition: line.condition.as_ref().map(Into::into),
            batch: line.batch.clone(),
            lot: line.lot.clone(),
            produced: line.produced.map(date_text),
            expiry: line.expiry.map(date_text),
            serial: line.serial.clone(),
            provider_item: line.provider_item.clone(),
            pool: line.pool.clone(),
            to_pool: line.to_pool.clone(),
            priority: line.priority,
            extras: extras(&line.extras),
        }
    }
}

impl From<&Write> for wit::Write {
    fn from(write: &Write) -> wit::Write {
        match write {
            Write::Transfer(order) => wit::Write::Transfer(order.into()),
            Write::Adjust(order) => wit::Write::Adjust(order.into()),
            Write::Occupy(order) => wit::Write::Occupy(order.into()),
        }
    }
}

impl From<&Attempt> for wit::Attempt {
    fn from(attempt: &Attempt) -> wit::Attempt {
        wit::Attempt {
            first_sent: attempt.first_sent.as_millis(),
            last_sent: attempt.last_sent.as_millis(),
            key: attempt.key.clone(),
        }
    }
}
