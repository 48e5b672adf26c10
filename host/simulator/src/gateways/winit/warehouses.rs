//! `queryWarehouse`: the account's warehouses. The answer's shape is not established; this one has the names that
//! `queryWarehouseStorage` uses.

use super::Failure;
use crate::gateways::State;
use crate::gateways::fields::Fields;
use crate::json::Json;

pub(super) const ACTION: &str = "queryWarehouse";

pub(super) fn query(data: Fields<'_>, state: &State) -> Result<Json, Failure> {
    data.finish()?;
    let ledger = state.ledger();
    let list = ledger.warehouses().map(|(no, warehouse)| {
        Json::object([
            ("warehouseID", Json::from(u64::from(warehouse.id))),
            ("warehouseCode", Json::from(no.as_str())),
            ("warehouseName", Json::from(warehouse.name.as_str())),
        ])
    });
    Ok(Json::object([("list", Json::Array(list.collect()))]))
}
